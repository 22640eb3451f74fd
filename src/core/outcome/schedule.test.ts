import { describe, expect, it } from 'vitest';
import { isExpired, longestWait, nextAttempt } from './schedule.ts';

const minute = 60_000;
const day = 86_400_000;
const rules = {
  minimalBackoffMs: 5 * minute,
  maximalBackoffMs: 4_000_000,
  lifetimeMs: 5 * day,
  bounceLifetimeMs: day,
};

describe('nextAttempt()', () => {
  it('waits at least the minimum for a young message', () => {
    expect(nextAttempt(0, 1000, 0, rules)).toBe(1000 + rules.minimalBackoffMs);
  });

  it('doubles with age between the bounds', () => {
    expect(nextAttempt(0, 20 * minute, 0.5, rules)).toBe(40 * minute);
  });

  it('never waits longer than the maximum and a tenth', () => {
    const now = 3 * 86_400_000;
    expect(nextAttempt(0, now, 1, rules) - now).toBe(Math.round(rules.maximalBackoffMs * 1.1));
  });

  it('spreads two messages of one age', () => {
    expect(nextAttempt(0, 60 * minute, 0, rules)).not.toBe(nextAttempt(0, 60 * minute, 1, rules));
  });

  it('treats a clock that was set back as a young message', () => {
    expect(nextAttempt(10_000, 0, 0.5, rules)).toBe(rules.minimalBackoffMs);
  });
});

describe('longestWait()', () => {
  it.each([rules, { ...rules, minimalBackoffMs: 4_500_000 }, { ...rules, maximalBackoffMs: 7 }])(
    'is the longest that nextAttempt() waits: %j',
    (some) => {
      const waits = [0, 0.5, 1].flatMap((dice) =>
        [0, day].map((age) => nextAttempt(0, age, dice, some) - age),
      );
      expect(Math.max(...waits)).toBeLessThanOrEqual(longestWait(some));
      expect(Math.max(...waits)).toBeGreaterThan(longestWait(some) * 0.9);
    },
  );
});

describe('isExpired()', () => {
  it('is false just before the lifetime and true at it', () => {
    expect(isExpired('a@x.test', 0, rules.lifetimeMs - 1, rules)).toBe(false);
    expect(isExpired('a@x.test', 0, rules.lifetimeMs, rules)).toBe(true);
  });

  it('is true earlier for the null sender, but never later', () => {
    expect(isExpired('', 0, day - 1, rules)).toBe(false);
    expect(isExpired('', 0, day, rules)).toBe(true);
    expect(isExpired('', 0, 2 * day, { ...rules, lifetimeMs: 2 * day, bounceLifetimeMs: 3 * day })).toBe(
      true,
    );
  });

  it('lifetime 0 allows the one attempt that was made', () => {
    expect(isExpired('a@x.test', 5, 5, { ...rules, lifetimeMs: 0 })).toBe(true);
  });
});
