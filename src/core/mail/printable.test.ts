import { describe, expect, it } from 'vitest';
import { joinLines, oneLine, printable } from './printable.ts';

describe('printable()', () => {
  it.each([
    ['line breaks and escapes', 'a\r\nb\u001B[31mc', 'a??b?[31mc'],
    ['C1 controls', 'a\u009B31m', 'a?31m'],
    ['direction marks', 'a\u202Eb\u2066c\u200Fd', 'a?b?c?d'],
    ['separators of lines and paragraphs', 'a\u2028b\u2029c', 'a?b?c'],
    ['half a surrogate pair', 'a\uD83Db', 'a?b'],
    ['tags and private characters', 'a\u{E0041}b\uE000c', 'a?b?c'],
  ])('defuses %s', (_, text, safe) => {
    expect(printable(text)).toBe(safe);
  });

  it('leaves other languages alone', () => {
    expect(printable('Prüfung 試験 тест 😀')).toBe('Prüfung 試験 тест 😀');
  });
});

describe('joinLines()', () => {
  it.each([
    ['', ''],
    [' a ', ' a '],
    ['a\nb', 'a|b'],
    [' a \r\n\t b ', ' a|b '],
    ['a\n \n\n b\r\rc', 'a|b|c'],
    ['\na', '|a'],
    ['a\n', 'a|'],
    ['\n', '|'],
  ])('%j', (text, joined) => {
    expect(joinLines(text, '|')).toBe(joined);
  });

  it('takes blanks for what they are, however many there are', () => {
    const blanks = ' '.repeat(4_000_000);
    expect(joinLines(`a${blanks}b`, '|')).toBe(`a${blanks}b`);
    expect(joinLines(`a${blanks}\n${blanks}b`, '|')).toBe('a|b');
    expect(joinLines(`a${' \n'.repeat(2_000_000)}b`, '|')).toBe('a|b');
  });
});

describe('oneLine()', () => {
  it('makes a space of a line break with the blanks around it', () => {
    expect(oneLine('550-no such\r\n  550 user\t')).toBe('550-no such 550 user?');
  });
});
