import { expect, it } from 'vitest';
import { clockOfZone } from './clock.ts';

it('clockOfZone() shows times as a reader elsewhere has them', () => {
  const now = Date.UTC(2026, 10, 29, 23, 30);
  expect(clockOfZone(now, 0).time(now)).toBe('23:30:00');
  expect(clockOfZone(now, -60).time(now)).toBe('00:30:00');
  expect(clockOfZone(now, -60).time(now - 3_600_000)).toBe('Nov 29 23:30:00');
  expect(clockOfZone(now, 300).time(now)).toBe('18:30:00');
  expect(clockOfZone(now, 0).time(Number.NaN)).toBe('an impossible time');
});
