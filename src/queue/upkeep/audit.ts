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

/** Tolerance for the clocks of several hosts. */
export const CLOCK_SLACK_MS = 60_000;

/** Examines a destination. Mail that was scheduled by a clock that has since been set back is due now. */
export async function auditOf(
  destination: string,
  { store, now, log, longestWaitMs }: AuditPorts,
): Promise<Audit> {
  const latest = now() + longestWaitMs + CLOCK_SLACK_MS;
  const found = await store.audit({ destination, now: now(), latest, leaseMs: LEASE_MS });
  if (found.late > 0) log(clockSetBack(destination, found.late));
  return found;
}
