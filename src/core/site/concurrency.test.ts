import { describe, expect, it } from 'vitest';
import {
  afterFailure,
  afterSuccess,
  freshConcurrency,
  plausible,
  revived,
  type Concurrency,
  type ConcurrencyRules,
} from './concurrency.ts';

const one = { amount: 1, per: 'delivery' } as const;
const rules: ConcurrencyRules = {
  limit: 20,
  initial: 5,
  failedCohortLimit: 1,
  positive: one,
  negative: one,
  suspendMs: 300_000,
};
const refused = { dsn: '4.4.1', reason: 'connect to mx[192.0.2.1]:25: Connection refused' };

const fail = (state: Concurrency, by = rules): Concurrency => afterFailure(state, refused, 1000, by);

/** The windows after each failure in a row, and `dead` where it ends. */
function failures(state: Concurrency, by: ConcurrencyRules): (number | 'dead')[] {
  const windows: (number | 'dead')[] = [];
  for (let at = state; at.suspension === undefined && windows.length < 50;) {
    at = fail(at, by);
    windows.push(at.suspension === undefined ? at.window : 'dead');
  }
  return windows;
}

/** The windows after each of so many successes. */
function successes(state: Concurrency, underWay: (window: number) => number, count: number, by = rules) {
  const windows: number[] = [];
  let at = state;
  for (let nth = 0; nth < count; nth += 1) {
    at = afterSuccess(at, underWay(at.window), by);
    windows.push(at.window);
  }
  return windows;
}

describe('failures in a row', () => {
  it('go from 5 to 3 to 2 to the end, with the third', () => {
    expect(failures(freshConcurrency(rules), rules)).toEqual([3, 2, 'dead']);
  });

  it.each([
    [20, [18, 17, 16, 15, 14, 13, 12, 11, 10, 9, 8, 7, 'dead']],
    [10, [8, 7, 6, 5, 4, 3, 'dead']],
    [2, [1, 'dead']],
    [1, ['dead']],
  ])('end a window of %d after %j', (window, expected) => {
    expect(failures({ ...freshConcurrency(rules), window }, rules)).toEqual(expected);
  });

  it('end it at once where one delivery at a time is allowed', () => {
    expect(failures(freshConcurrency({ ...rules, limit: 1 }), rules)).toEqual(['dead']);
  });

  it('take more cohorts where the limit is higher, and never end it at 0', () => {
    // 1/5 + 1/3 + 1/2 + 1 = 2.03
    expect(failures(freshConcurrency(rules), { ...rules, failedCohortLimit: 2 })).toEqual([3, 2, 1, 'dead']);
    expect(failures(freshConcurrency(rules), { ...rules, failedCohortLimit: 0 }).slice(0, 5)).toEqual([
      3, 2, 1, 1, 1,
    ]);
  });

  it('narrow a window more slowly with less feedback', () => {
    const tenth: ConcurrencyRules = {
      ...rules,
      failedCohortLimit: 10,
      negative: { amount: 1, per: 'concurrency' },
    };
    expect(failures({ ...freshConcurrency(tenth), window: 10 }, tenth).slice(0, 12)).toEqual([
      9, 9, 9, 9, 9, 9, 9, 9, 8, 8, 8, 8,
    ]);
  });

  it('leave word of the last one, with its time and its end', () => {
    const remote = { host: 'mx', reply: '421 busy' };
    const dying = afterFailure(
      fail(fail(freshConcurrency(rules))),
      { dsn: '4.3.2', reason: 'host mx said: 421 busy', remote },
      5000,
      rules,
    );
    expect(dying.suspension).toEqual({
      since: 5000,
      until: 305_000,
      cause: { dsn: '4.3.2', reason: 'host mx said: 421 busy', remote },
    });
    // Those that were under way fail too; it is not held against the destination twice.
    expect(fail(dying)).toBe(dying);
  });
});

describe('a success', () => {
  it('makes the window one wider, up to the limit', () => {
    const windows = successes(freshConcurrency(rules), (window) => window, 17);
    expect(windows).toEqual([6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 20, 20]);
  });

  it('makes it no wider than a fresh one beyond what is under way', () => {
    expect(successes(freshConcurrency(rules), () => 1, 4)).toEqual([6, 6, 6, 6]);
    expect(successes(freshConcurrency(rules), () => 3, 4)).toEqual([6, 7, 8, 8]);
  });

  it('makes it wider by one a cohort with feedback 1 / concurrency', () => {
    const gentle: ConcurrencyRules = { ...rules, positive: { amount: 1, per: 'concurrency' } };
    expect(successes(freshConcurrency(gentle), (window) => window, 12, gentle)).toEqual([
      5, 5, 5, 5, 6, 6, 6, 6, 6, 6, 7, 7,
    ]);
  });

  it('makes it wider by a root with feedback 1 / sqrt_concurrency', () => {
    const gentle: ConcurrencyRules = {
      ...rules,
      initial: 4,
      positive: { amount: 1, per: 'sqrt_concurrency' },
    };
    expect(successes(freshConcurrency(gentle), (window) => window, 4, gentle)).toEqual([4, 5, 5, 6]);
  });

  it('makes it no wider without positive feedback', () => {
    const none: ConcurrencyRules = { ...rules, positive: { amount: 0, per: 'delivery' } };
    expect(successes(freshConcurrency(none), (window) => window, 3, none)).toEqual([5, 5, 5]);
  });

  it('between failures forgives them all', () => {
    let state = freshConcurrency(rules);
    for (let nth = 0; nth < 20; nth += 1) {
      state = afterSuccess(fail(fail(state)), 5, rules);
      expect(state.suspension).toBeUndefined();
      expect(state.failedCohorts).toBe(0);
    }
  });

  it('revives a destination that was given up, as wide as what is under way', () => {
    const dead = fail(fail(fail(freshConcurrency(rules))));
    expect(afterSuccess(dead, 2, rules)).toEqual({ window: 2, success: 0, failure: 0, failedCohorts: 0 });
  });
});

describe('revived()', () => {
  it('is a fresh window when nothing is under way, else as wide as that', () => {
    expect(revived(0, rules).window).toBe(5);
    expect(revived(2, rules).window).toBe(2);
    expect(revived(30, rules).window).toBe(20);
    expect(revived(0, { ...rules, limit: 3 }).window).toBe(3);
  });
});

describe('plausible()', () => {
  const now = 1_000_000;

  it.each([
    ['one that is as it can be', now - 10_000, now + 290_000, now - 10_000, now + 290_000],
    ['one of a clock that was two days ahead', now + 172_800_000, now + 173_100_000, now, now + 300_000],
    ['one that is over', now - 400_000, now - 100_000, now - 400_000, now - 100_000],
  ])('%s', (_, since, until, expectedSince, expectedUntil) => {
    expect(plausible({ since, until, cause: refused }, now, rules)).toEqual({
      since: expectedSince,
      until: expectedUntil,
      cause: refused,
    });
  });
});
