import { expect, test } from 'vitest';
import { interpret } from './interpret.ts';
import { filePath, flag, integer, redisUrl, resolverAddresses, type Kind } from './kinds.ts';

const wholeNumber = integer(1, 9);

test.each<[string, Kind<unknown>, { toml: unknown } | { text: string }, unknown, string]>([
  ['a number of a file', wholeNumber, { toml: 5 }, 5, '5'],
  ['a number in a variable', wholeNumber, { text: '5' }, 5, '5'],
  ['a flag of a file', flag, { toml: true }, true, 'true'],
  ['a text of a file', filePath, { toml: 'a "b"' }, 'a "b"', '"a \\"b\\""'],
  ['a text with commas in a variable', filePath, { text: 'a, b' }, 'a, b', '"a, b"'],
  ['an empty list in a variable', resolverAddresses, { text: ' ' }, [], '[]'],
  ['a list in a variable', resolverAddresses, { text: '::1 ' }, [{ host: '::1', port: 53 }], '["::1"]'],
  ['a secret', redisUrl, { toml: 'redis://a:b@h' }, 'redis://a:b@h', '"redis://***@h"'],
])('interpret(): %s', (_, kind, value, expected, shown) => {
  expect(interpret(kind, { key: 'k', where: 'w', value }, '')).toEqual({ value: expected, shown });
});

test.each<[string, Kind<unknown>, unknown, string]>([
  ['a text', wholeNumber, '5', 'the text "5"'],
  ['a masked text', { ...wholeNumber, mask: () => '***' }, 'secret', 'the text "***"'],
  ['a fraction', wholeNumber, 1.5, 'the bare number 1.5'],
  ['a flag', wholeNumber, true, 'true'],
  ['a date', wholeNumber, new Date(0), 'a date'],
  ['a list', wholeNumber, [1], 'a list'],
  ['a table', wholeNumber, { a: 1 }, 'a table'],
  ['a list of numbers', resolverAddresses, ['::1', 1], 'a list with items that are not texts'],
])('interpret(): %s of the wrong type is a problem', (_, kind, toml, found) => {
  const problems = interpret(kind, { key: 'k', where: 'w', value: { toml } }, '');
  expect(problems).toEqual([{ key: 'k', where: 'w', wanted: kind.wanted, found }]);
});

test('interpret(): each bad item of a list is a problem at its place', () => {
  const value = { toml: ['::1', 'a', 'b'] };
  const problems = interpret(
    resolverAddresses,
    {
      key: 'k',
      where: 'w',
      whereBelow: (part) => `w${part}`,
      value,
    },
    '',
  );
  expect(problems).toMatchObject([
    { where: 'w[1]', found: '"a"' },
    { where: 'w[2]', found: '"b"' },
  ]);
});
