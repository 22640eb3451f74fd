import { expect, test } from 'vitest';
import { readLogicalLines } from './logical-lines.ts';

const textsOf = (text: string) => readLogicalLines(text).map((one) => [one.line, one.text]);

test.each([
  ['one line', 'a = b\n', [[1, 'a = b']]],
  ['no line feed at the end', 'a = b', [[1, 'a = b']]],
  [
    'goes on',
    'a = b\n c\n\td\ne = f\n',
    [
      [1, 'a = b c\td'],
      [4, 'e = f'],
    ],
  ],
  ['comment', '#a = b\nc = d\n', [[2, 'c = d']]],
  ['indented comment', '  # a = b\nc = d\n', [[2, 'c = d']]],
  ['a comment ends nothing', 'a = b\n# no\n c\n', [[1, 'a = b c']]],
  ['an indented comment ends nothing', 'a = b\n  # no\n c\n', [[1, 'a = b c']]],
  ['an empty line ends nothing', 'a = b\n\n   \n c\n', [[1, 'a = b c']]],
  [
    'CRLF',
    'a = b\r\n\r\n c\r\nd = e\r\n',
    [
      [1, 'a = b\r c\r'],
      [4, 'd = e\r'],
    ],
  ],
  [
    'NUL ends a text',
    'a = b\0c\nd = e',
    [
      [1, 'a = b'],
      [2, 'd = e'],
    ],
  ],
  ['nothing', '', []],
  ['only comments', '# a\n#b', []],
] as const)('readLogicalLines(): %s', (_, text, wanted) => {
  expect(textsOf(text)).toEqual(wanted);
});

test('readLogicalLines() marks what has nothing before it that it could continue, with all that continues it', () => {
  expect(readLogicalLines('# x\n a = b\n c\nd = e\n')).toEqual([
    { line: 2, text: ' a = b c', misplaced: true },
    { line: 4, text: 'd = e', misplaced: false },
  ]);
});
