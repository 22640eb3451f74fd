import { expect, test } from 'vitest';
import { displayName } from './display-name.ts';

test.each([
  ['Charlie Root', 'Charlie Root'],
  ["O'Neil-X 2", "O'Neil-X 2"],
  ['Root, C. (x)', '"Root, C. (x)"'],
  ['say "x" \\', '"say \\"x\\" \\\\"'],
  ['a\nb\r\nBcc: c@x', '"a b  Bcc: c@x"'],
  ['Jörg', '=?utf-8?B?SsO2cmc=?='],
  ['', ''],
])('the full name %j is shown as %j', (name, expected) => {
  expect(displayName(name)).toBe(expected);
});

test('a long full name becomes several encoded words', () => {
  const words = displayName('ä'.repeat(60)).split(' ');
  expect(words.every((word) => word.length <= 75)).toBe(true);
  const text = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString()).join('');
  expect(text).toBe('ä'.repeat(60));
});
