import type { LastFailure } from '../mail/status.ts';

/**
 * How many deliveries a destination is given at a time, learned from how they end, and when it is left alone: the
 * destination concurrency feedback of Postfix, as a value and the moves it can make.
 */

/** What one delivery adds to the window or takes from it; divided by the window, or by its root, where `per` says so. */
export interface Feedback {
  /** 0 to 1. */
  readonly amount: number;
  readonly per: 'delivery' | 'concurrency' | 'sqrt_concurrency';
}

export interface ConcurrencyRules {
  /** Deliveries at the same time, at most. */
  readonly limit: number;
  /** Deliveries at the same time to a destination nothing is known of. */
  readonly initial: number;
  /** Cohorts (windows full of deliveries) that may fail with no success between them; 0: any number. */
  readonly failedCohortLimit: number;
  readonly positive: Feedback;
  readonly negative: Feedback;
  /** How long a destination that failed is left alone, milliseconds. */
  readonly suspendMs: number;
}

/** A destination is left alone: why, since when and until when (epoch milliseconds). */
export interface Suspension {
  readonly since: number;
  readonly until: number;
  /** What the delivery came to that was one too many. */
  readonly cause: LastFailure;
}

/** What was written down, as far as it can be: a clock that was ahead and has been set back may have said more. */
export function plausible(
  { since, until, cause }: Suspension,
  now: number,
  { suspendMs }: ConcurrencyRules,
): Suspension {
  return { since: Math.min(since, now), until: Math.min(until, now + suspendMs), cause };
}

export interface Concurrency {
  /** So many deliveries may be under way; none may be begun while the destination is suspended. */
  readonly window: number;
  /** Successes that have not moved the window yet, 0 to 1, and the same of failures. */
  readonly success: number;
  readonly failure: number;
  /** Cohorts that failed since the last success. */
  readonly failedCohorts: number;
  readonly suspension?: Suspension;
}

export function freshConcurrency(rules: ConcurrencyRules, suspension?: Suspension): Concurrency {
  const fresh = { window: Math.min(rules.initial, rules.limit), success: 0, failure: 0, failedCohorts: 0 };
  return suspension === undefined ? fresh : { ...fresh, suspension };
}

/**
 * A delivery found the destination at work, whatever it said of the mail. `underWay` counts the deliveries that are,
 * this one included: a window much wider than they are many would feel failures too late.
 */
export function afterSuccess(state: Concurrency, underWay: number, rules: ConcurrencyRules): Concurrency {
  if (state.suspension !== undefined) return revived(underWay, rules);
  const calm = { ...state, failedCohorts: 0 };
  if (state.window >= rules.limit || state.window >= underWay + rules.initial) return calm;
  const amount = amountOf(rules.positive, state.window);
  let { window, failure } = state;
  let success = state.success + amount;
  // Half an amount early, so that thirds of one make a whole in spite of rounding.
  while (success + amount / 2 >= 1) {
    window += 1;
    success -= 1;
    failure = 0;
  }
  return { ...calm, window: Math.min(window, rules.limit), success, failure };
}

/** A delivery found no host of the destination at work. */
export function afterFailure(
  state: Concurrency,
  cause: LastFailure,
  now: number,
  rules: ConcurrencyRules,
): Concurrency {
  if (state.suspension !== undefined) return state;
  const failedCohorts = state.failedCohorts + 1 / state.window;
  if (rules.failedCohortLimit > 0 && failedCohorts >= rules.failedCohortLimit) {
    const { dsn, reason, remote, tlsFault } = cause;
    const said = { dsn, reason, ...(remote && { remote }), ...(tlsFault && { tlsFault }) };
    return { ...state, failedCohorts, suspension: { since: now, until: now + rules.suspendMs, cause: said } };
  }
  const amount = amountOf(rules.negative, state.window);
  let { window, success } = state;
  let failure = state.failure - amount;
  while (failure - amount / 2 < 0) {
    window -= 1;
    failure += 1;
    success = 0;
  }
  return { window: Math.max(window, 1), success, failure, failedCohorts };
}

/** The suspension is over: as wide as a fresh window, or as what is still under way, and what is tried now decides. */
export function revived(underWay: number, rules: ConcurrencyRules): Concurrency {
  const fresh = freshConcurrency(rules);
  return underWay === 0 ? fresh : { ...fresh, window: Math.min(underWay, rules.limit) };
}

function amountOf({ amount, per }: Feedback, window: number): number {
  switch (per) {
    case 'delivery':
      return amount;
    case 'concurrency':
      return amount / window;
    case 'sqrt_concurrency':
      return amount / Math.sqrt(window);
  }
}
