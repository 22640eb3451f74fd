import type { Lease } from '../core/delivery/lease.ts';
import type { Claim } from '../core/delivery/claim.ts';
import { activeLine } from '../core/log/log-line.ts';
import { attemptLine, type AttemptStart, type OutcomeStore } from './conclude.ts';
import type { SafePorts } from './safely.ts';
import type { SiteWatch } from './site-watch.ts';

/**
 * For a first attempt the mail has been in the active queue since it arrived; for a later one it enters the queue now.
 */
export function startOf(
  { message, attempts, waiting }: Claim,
  { now, log }: Pick<SafePorts, 'now' | 'log'>,
): AttemptStart {
  const handedAt = now();
  if (attempts > 0) log(activeLine(message, waiting.length));
  return { activeAt: attempts === 0 ? (message.queuedAt ?? message.arrivedAt) : handedAt, handedAt };
}

/** The same mail. A recipient that is known to have it during the attempt has its log line before that is stored. */
export function telling(
  mail: Claim,
  start: AttemptStart,
  told: Set<number>,
  { log, conclude }: Pick<SafePorts, 'log' | 'conclude'>,
): Claim {
  return {
    ...mail,
    heard(known) {
      for (const attempt of known.values()) {
        if (attempt.status.outcome !== 'sent' || told.has(attempt.index)) continue;
        told.add(attempt.index);
        log(attemptLine(mail.message, attempt, start, conclude.tlsStatusShown === true));
      }
      mail.heard(known);
    },
  };
}

/** Stores beside the outcome whether the mail waits for the destination, whose trouble then began at `since`. */
export function outcomeStoreOf(
  mail: Claim,
  since: number | undefined,
  lease: Pick<Lease, 'destination' | 'settle' | 'warn'>,
  site: SiteWatch,
): OutcomeStore {
  return {
    destination: lease.destination,
    async settle(outcome) {
      const settled = await lease.settle(mail, outcome);
      const isOurs = settled === 'gone' || settled === 'stays';
      if (isOurs) site.settled(mail, outcome.retry === undefined ? undefined : since);
      return settled;
    },
    warn: () => lease.warn(mail),
  };
}
