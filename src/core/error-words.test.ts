import { expect, test } from 'vitest';
import { messageOf, stackOf } from './error-words.ts';

test('messageOf() and stackOf(): of an error', () => {
  const error = new Error('out of paper');
  expect(messageOf(error)).toBe('out of paper');
  expect(stackOf(error)).toMatch(/^Error: out of paper\n +at /);
});

test('stackOf(): of an error without a stack, what it says', () => {
  expect(stackOf(Object.assign(new Error('out of paper'), { stack: undefined }))).toBe('out of paper');
});

test.each([
  ['text', 'text'],
  [undefined, 'undefined'],
  [{}, '[object Object]'],
])('messageOf() and stackOf(): of %j, which is no error', (thrown, words) => {
  expect([messageOf(thrown), stackOf(thrown)]).toEqual([words, words]);
});
