import { describe, expect, test } from 'vitest';
import { readMainCf, splitNameAndValue } from './main-cf.ts';

describe('readMainCf()', () => {
  test('the last assignment of a name counts, and the earlier one is told of', () => {
    const { assignments, overridden } = readMainCf('a = 1\nb=2\na = 3\nb = 2\n', 'main.cf');
    expect(assignments.get('a')).toEqual({ file: 'main.cf', line: 3, name: 'a', value: '3' });
    expect(assignments.get('b')?.line).toBe(4);
    expect(overridden).toEqual([{ file: 'main.cf', line: 1, name: 'a', value: '1' }]);
  });

  test('warns of a line that nothing stands before, and does without it', () => {
    const { assignments, warnings } = readMainCf(' a = 1\nb = 2\n', '/etc/postfix/main.cf');
    expect([...assignments.keys()]).toEqual(['b']);
    expect(warnings).toEqual([
      '/etc/postfix/main.cf:1: begins with white space, and there is nothing that it could continue',
    ]);
  });

  test.each([
    ['nonsense\n', "main.cf:1: missing '=' after attribute name"],
    ['a = 1\n\n= 2\n', 'main.cf:3: missing attribute name'],
    ['a b = 1\n', "main.cf:1: missing '=' after attribute name"],
  ])('ends where Postfix ends: %j', (text, message) => {
    expect(() => readMainCf(text, 'main.cf')).toThrow(message);
  });
});

test.each([
  ['a=b', { name: 'a', value: 'b' }],
  ['a  =  b c  ', { name: 'a', value: 'b c' }],
  ['a =', { name: 'a', value: '' }],
  ['a = b = c', { name: 'a', value: 'b = c' }],
  ['a = b\r', { name: 'a', value: 'b' }],
  ['a =\u00a0b', { name: 'a', value: '\u00a0b' }],
])('splitNameAndValue(): %j', (text, pair) => {
  expect(splitNameAndValue(text)).toEqual(pair);
});
