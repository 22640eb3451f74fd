import { expect, test } from 'vitest';
import { dayText, momentText } from './moment-text.ts';

test('a moment is told in UTC, without fractions, and so is its day', () => {
  const midnight = Date.UTC(2026, 11, 1);
  expect([midnight, midnight + 999].map(momentText)).toEqual(Array(2).fill('2026-12-01T00:00:00Z'));
  expect([midnight - 1, midnight].map(dayText)).toEqual(['2026-11-30', '2026-12-01']);
});
