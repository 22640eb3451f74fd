import { expect, test } from 'vitest';
import { example, flow, page, roffText, tagged } from './roff.ts';

test('roffText() leaves nothing that roff would take for something else', () => {
  expect(roffText('-a "b" \'c\' \\d `e` ^ ~')).toBe(
    '\\-a \\(dqb\\(dq \\(aqc\\(aq \\(rsd \\(gae\\(ga \\(ha \\(ti',
  );
  expect(roffText('a … b')).toBe('a \\[u2026] b');
});

test('no line of a text begins as a request does', () => {
  expect(flow('.example.org')).toEqual(['\\&.example.org']);
  const lines = flow(`${'word '.repeat(15)}.example.org 'quoted'`);
  expect(lines.filter((line) => /^[.']/.test(line))).toEqual([]);
  expect(lines.every((line) => line.length <= 80)).toBe(true);
  expect(example('.dot\nline')).toContain('\\&.dot');
});

test('tagged() has paragraphs, and a line for each fact', () => {
  expect(tagged('a', ['one', 'two'], ['three', 'four'])).toEqual([
    '.TP',
    '.B "a"',
    'one',
    '.sp',
    'two',
    '.sp',
    'three',
    '.br',
    'four',
  ]);
});

test('a page ends its last line', () => {
  expect(page([['.TH A 1'], flow('text')])).toMatch(/^\.\\" .*\n\.TH A 1\ntext\n$/);
});
