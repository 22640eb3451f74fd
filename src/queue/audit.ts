import type { Redis } from 'ioredis';
import type { Log } from '../core/outcome/log-event.ts';
import { LEASE_MS } from './lease.ts';
import { list, runScript, text } from './redis.ts';

export interface AuditPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly now: () => number;
  readonly log: Log;
  /** Between two attempts. */
  readonly longestWaitMs: number;
}

/** What is known of a destination. */
export interface Audit {
  /** Of the alarm, empty if there is none. */
  readonly job: string;
  readonly wakesAt: number;
  readonly isOwned: boolean;
  /** Undefined when nothing will ever be due. */
  readonly due: number | undefined;
}

/** Clocks of several hosts need not agree better than that. */
export const CLOCK_SLACK_MS = 60_000;

/** Looks at a destination. What a clock put off that has been set back since is due now. */
export async function auditOf(
  destination: string,
  { redis, base, now, log, longestWaitMs }: AuditPorts,
): Promise<Audit> {
  const latest = now() + longestWaitMs + CLOCK_SLACK_MS;
  const answer = list(await runScript(redis, 'audit', [base, destination, now(), latest, LEASE_MS]));
  const [awake, owned, due, late] = answer;
  if (Number(late) > 0) {
    log({
      component: 'qmgr',
      severity: 'warning',
      event: 'clock set back',
      text: `${Number(late)} deliveries to ${destination} were due later than they can be, as after a clock is set back: they are due now`,
      fields: { destination },
    });
  }
  const [job = '', until = '0'] = text(awake).split(':');
  return {
    job,
    wakesAt: Number(until),
    isOwned: owned === 1,
    due: text(due) === '' ? undefined : Number(text(due)),
  };
}
