import { describe, expect, it } from 'vitest';
import { oneLine, printable } from './printable.ts';

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

describe('oneLine()', () => {
  it('makes a space of a line break with the blanks around it', () => {
    expect(oneLine('550-no such\r\n  550 user\t')).toBe('550-no such 550 user?');
  });
});
