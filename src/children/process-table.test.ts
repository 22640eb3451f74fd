import { expect, test } from 'vitest';
import { startTicksIn } from './process-table.ts';

const fields = `1 2 3 0 -1 4194304 5 6 7 8 9 10 11 12 20 0 1 0 987654 13 14`;

test.each([
  ['a running process', `42 (redis-server) S ${fields}`, '987654'],
  ['a name with parentheses and blanks', `42 (a) R 1 (b c) S ${fields}`, '987654'],
  ['a zombie', `42 (redis-server) Z ${fields}`, undefined],
  ['nothing', '', undefined],
])('startTicksIn(): %s', (_, stat, ticks) => {
  expect(startTicksIn(stat)).toBe(ticks);
});
