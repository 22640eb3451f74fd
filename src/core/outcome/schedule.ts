/**
 * When a deferred delivery is tried again, and until when (Postfix: minimal/maximal_backoff_time, maximal_queue_lifetime,
 * bounce_queue_lifetime).
 */
export interface RetryRules {
  readonly minimalBackoffMs: number;
  readonly maximalBackoffMs: number;
  /** A failed attempt at or after this age is the last; 0 means one attempt. */
  readonly lifetimeMs: number;
  /** The same for messages of the null sender, if it is shorter. Nobody is told when these are given up. */
  readonly bounceLifetimeMs: number;
}

/**
 * Next attempt after one that failed at `now`: the wait grows with the age of the message, so it doubles from try to
 * try until the maximum. `dice` (0 to 1) spreads it by a tenth either way, so that a backlog does not come back all at
 * once.
 */
export function nextAttempt(arrivedAt: number, now: number, dice: number, rules: RetryRules): number {
  const age = Math.max(0, now - arrivedAt);
  const wait = Math.min(Math.max(age, rules.minimalBackoffMs), rules.maximalBackoffMs);
  const spread = Math.round(wait * (0.9 + 0.2 * dice));
  return now + Math.max(rules.minimalBackoffMs, spread);
}

/** The longest wait between two attempts. */
export function longestWait({
  minimalBackoffMs,
  maximalBackoffMs,
}: Pick<RetryRules, 'minimalBackoffMs' | 'maximalBackoffMs'>): number {
  return Math.max(minimalBackoffMs, Math.ceil(maximalBackoffMs * 1.1));
}

/** RFC 5321 §4.5.4.1: the give-up time. Judged only after an attempt that failed. `sender` is empty for reports. */
export function isExpired(sender: string, arrivedAt: number, now: number, rules: RetryRules): boolean {
  const { lifetimeMs, bounceLifetimeMs } = rules;
  return now - arrivedAt >= (sender === '' ? Math.min(bounceLifetimeMs, lifetimeMs) : lifetimeMs);
}
