import type { Log } from '../../core/log/log-event.ts';
import { LEASE_MS } from '../lease/lease-term.ts';
import type { QueueStore } from '../store/queue-store.ts';
import type { Audit } from '../scripts/audit.ts';
import { clockSetBack } from '../log/log-lines.ts';

export interface AuditPorts {
  readonly store: Pick<QueueStore, 'audit'>;
  readonly now: () => number;
  readonly log: Log;
  /** Between two attempts. */
  readonly longestWaitMs: number;
}

/** Clocks of several hosts need not agree better than that. */
export const CLOCK_SLACK_MS = 60_000;

/** Looks at a destination. What a clock put off that has been set back since is due now. */
export async function auditOf(
  destination: string,
  { store, now, log, longestWaitMs }: AuditPorts,
): Promise<Audit> {
  const latest = now() + longestWaitMs + CLOCK_SLACK_MS;
  const found = await store.audit({ destination, now: now(), latest, leaseMs: LEASE_MS });
  if (found.late > 0) log(clockSetBack(destination, found.late));
  return found;
}
