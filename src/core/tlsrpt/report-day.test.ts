import { expect, test } from 'vitest';
import { dueAt, isCounting, rangeOf } from './report-day.ts';

const midnight = Date.UTC(2026, 10, 29);

test('rangeOf() has the whole day', () => {
  expect(rangeOf('2026-11-28')).toEqual({ start: midnight - 86_400_000, end: midnight });
});

test('dueAt() comes when nothing is counted any more, and is spread over four hours', () => {
  expect(isCounting('2026-11-28', dueAt('2026-11-28', 0) - 1)).toBe(true);
  expect(isCounting('2026-11-28', dueAt('2026-11-28', 0))).toBe(false);
  expect(dueAt('2026-11-28', 1) - dueAt('2026-11-28', 0)).toBe(4 * 3_600_000);
});
