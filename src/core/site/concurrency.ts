import type { LastFailure } from '../mail/status.ts';

/**
 * How many deliveries a destination gets at a time, learned from their results, and when it is suspended: the
 * destination concurrency feedback of Postfix, as a value and its possible changes.
 */

/** What one delivery adds to the window or takes from it; divided by the window, or by its root, if `per` says so. */
export interface Feedback {
  /** 0 to 1. */
  readonly amount: number;
  readonly per: 'delivery' | 'concurrency' | 'sqrt_concurrency';
}

export interface ConcurrencyRules {
  /** Most deliveries at the same time. */
  readonly limit: number;
  /** Deliveries at the same time to a destination of which nothing is known. */
  readonly initial: number;
  /** Cohorts (windows full of deliveries) that may fail without a success in between; 0: any number. */
  readonly failedCohortLimit: number;
  readonly positive: Feedback;
  readonly negative: Feedback;
  /** How long a failed destination is suspended, milliseconds. */
  readonly suspendMs: number;
}

/** A suspension of a destination: why, since when and until when (epoch milliseconds). */
export interface Suspension {
  readonly since: number;
  readonly until: number;
  /** The result of the delivery that exceeded the limit. */
  readonly cause: LastFailure;
}

/** The stored suspension, shortened if necessary: a clock that was ahead and was set back may have made it too long. */
export function plausible(
  { since, until, cause }: Suspension,
  now: number,
  { suspendMs }: ConcurrencyRules,
): Suspension {
  return { since: Math.min(since, now), until: Math.min(until, now + suspendMs), cause };
}

export interface Concurrency {
  /** Number of deliveries that may be under way. None may begin while the destination is suspended. */
  readonly window: number;
  /** Successes that have not moved the window yet, 0 to 1, and the same for failures. */
  readonly success: number;
  readonly failure: number;
  /** Failed cohorts since the last success. */
  readonly failedCohorts: number;
  readonly suspension?: Suspension;
}

export function freshConcurrency(rules: ConcurrencyRules, suspension?: Suspension): Concurrency {
  const fresh = { window: Math.min(rules.initial, rules.limit), success: 0, failure: 0, failedCohorts: 0 };
  return suspension === undefined ? fresh : { ...fresh, suspension };
}

/**
 * A delivery found the destination at work, whatever its reply about the mail. `underWay` counts the deliveries under
 * way, this one included: a window much wider than that number would react to failures too late.
 */
export function afterSuccess(state: Concurrency, underWay: number, rules: ConcurrencyRules): Concurrency {
  if (state.suspension !== undefined) return revived(underWay, rules);
  const calm = { ...state, failedCohorts: 0 };
  if (state.window >= rules.limit || state.window >= underWay + rules.initial) return calm;
  const amount = amountOf(rules.positive, state.window);
  let { window, failure } = state;
  let success = state.success + amount;
  // It moves half an amount early, so that three thirds make a whole in spite of rounding.
  while (success + amount / 2 >= 1) {
    window += 1;
    success -= 1;
    failure = 0;
  }
  return { ...calm, window: Math.min(window, rules.limit), success, failure };
}

/** A delivery found no working host of the destination. */
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

/**
 * The suspension is over. The window is as wide as a new one, or as what is still under way, and the next deliveries
 * decide.
 */
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
