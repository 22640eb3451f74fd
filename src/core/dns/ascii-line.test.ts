import { expect, test } from 'vitest';
import { asciiLine } from './ascii-line.ts';

test.each([
  ['one line', 'a\r\n b\tc', 'a b c'],
  ['no escape sequences', '\u001b[31mred\u0007', '?[31mred?'],
  ['no letters outside ASCII', 'caf\u00e9 \u202e', 'caf? ?'],
  ['not longer than asked', 'x'.repeat(50), `${'x'.repeat(17)}...`],
])('asciiLine(): %s', (_, text, line) => {
  expect(asciiLine(text, 20)).toBe(line);
});
