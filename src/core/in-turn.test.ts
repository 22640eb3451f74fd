import { expect, test } from 'vitest';
import { inTurn } from './in-turn.ts';

test('inTurn() takes one of each list, and then the rest of the longer ones', () => {
  expect(inTurn([])).toEqual([]);
  expect(inTurn([['a', 'b', 'c'], [], ['1']])).toEqual(['a', '1', 'b', 'c']);
});
