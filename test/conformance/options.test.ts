import { expect, test } from 'vitest';
import { readOptions } from './options.ts';

const names = ['dane-relay', 'Postfix'];

test('readOptions(): names in any case, or the page', () => {
  expect(readOptions([], names)).toEqual({ named: [], isWritten: false });
  expect(readOptions(['postfix', 'Dane-Relay'], names)).toEqual({
    named: ['postfix', 'dane-relay'],
    isWritten: false,
  });
  expect(readOptions(['--part', 'names'], names)).toEqual({ named: [], isWritten: false, part: 'names' });
  expect(readOptions(['--write'], names)).toEqual({ named: [], isWritten: true });
});

test.each([
  [['--wriet'], "Unknown option '--wriet'"],
  [['--write=no'], 'does not take an argument'],
  [['sendmail'], 'no mail server sendmail'],
  [['postfix', '--write'], 'for all mail servers'],
  [['--part', 'names', '--write'], 'and all parts'],
])('readOptions(): %j is refused', (words, message) => {
  expect(() => readOptions(words, names)).toThrow(message);
});
