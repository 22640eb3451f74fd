import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Suspension } from '../core/site/concurrency.ts';

/** Gives all recipients of a mail the same outcome, without a session. */
export function sameForAll(mail: Claim, status: DeliveryStatus, doneAt: number): readonly Attempt[] {
  return mail.waiting.map((one) => ({ ...one, status, stamps: { doneAt }, connectionUse: 1 }));
}

/**
 * Gives up what the operator wants returned, without a session. As in Postfix, the report tells the reason of the last
 * attempt, if there was one.
 */
export function expireAll(mail: Claim, now: number): readonly Attempt[] {
  const reason = 'message is administratively expired';
  const last = mail.forceExpired?.last ?? { dsn: '4.7.0', reason };
  const status: DeliveryStatus = { ...last, outcome: 'deferred', scope: 'message' };
  return sameForAll(mail, status, now).map((attempt) => ({ ...attempt, component: 'error' }));
}

/** Defers a mail whose destination is suspended, with the reason that other mail has met there. */
export function deferAll(mail: Claim, { cause }: Suspension, now: number): readonly Attempt[] {
  const reason = `delivery temporarily suspended: ${cause.reason}`;
  const status: DeliveryStatus = { ...cause, outcome: 'deferred', scope: 'destination', reason };
  return sameForAll(mail, status, now).map((attempt) => ({ ...attempt, component: 'error' }));
}
