import { inOrder } from '../../core/in-order.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { CLAIMED } from '../forms/keys.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { LONGEST_POSTPONE_MS } from '../alarms/postponing.ts';
import { forgetOldSuspensions } from '../store/suspensions.ts';
import { removeAbandoned } from '../intake/unfinished.ts';
import { auditOf, CLOCK_SLACK_MS, type AuditPorts } from './audit.ts';

/** A fenced ID is forgotten after this time, because no command stays on its way for so long. */
const FENCED_MS = 24 * 3_600_000;
/** After a start every destination gets an alarm. Redis waits for the disk once for so many. */
const AT_ONCE = 10;
/** Due mail that was not served for this long has lost its alarm. */
const OVERDUE_MS = 30_000;

export interface SweepPorts extends AuditPorts {
  readonly store: Pick<
    QueueStore,
    | 'audit'
    | 'destinations'
    | 'discard'
    | 'forgetFenced'
    | 'incoming'
    | 'isAwaited'
    | 'rewake'
    | 'suspensions'
    | 'unsuspend'
  >;
  readonly alarms: Pick<Alarms, 'exists' | 'expedite' | 'set'>;
}

/**
 * Compares the queue with its alarms, and mends the differences that a crash left: mail without an alarm, alarms that
 * BullMQ does not know, content without a message. Returns the number of alarms that it set.
 */
export async function sweep(ports: SweepPorts): Promise<number> {
  const { store, now } = ports;
  let mended = 0;
  const destinations = await ports.store.destinations();
  for await (const isMended of inOrder(destinations, AT_ONCE, (one) => setForgotten(one, ports)))
    if (isMended) mended += 1;
  await removeAbandoned(ports, ports.log);
  await store.forgetFenced(now() - FENCED_MS);
  await forgetOldSuspensions(store, now());
  return mended;
}

async function setForgotten(destination: string, ports: SweepPorts): Promise<boolean> {
  const { store, alarms, now } = ports;
  if (!(await isForgotten(destination, ports))) return false;
  const { due = 0 } = await auditOf(destination, ports);
  const at = due >= CLAIMED ? now() : due;
  const job = await store.rewake({ destination, at: at > now() ? Math.ceil(at) : 0 });
  await alarms.set(destination, job, at);
  return true;
}

async function isForgotten(destination: string, ports: SweepPorts): Promise<boolean> {
  const { alarms, now, longestWaitMs } = ports;
  const { job, wakesAt, isOwned, due } = await auditOf(destination, ports);
  if (isOwned || due === undefined) return false;
  if (job === '' || !(await alarms.exists(job))) return true;
  // A claim without a lease is always overdue.
  if (due >= CLAIMED) return wakesAt > now();
  if (wakesAt === 0 && due + OVERDUE_MS < now()) await alarms.expedite(job);
  // Nothing sleeps that long: the clock was ahead when it was set.
  if (wakesAt > now() + longestWaitMs + LONGEST_POSTPONE_MS + CLOCK_SLACK_MS) return true;
  // The alarm sleeps past its mail, and not because nothing can be delivered now.
  return due + OVERDUE_MS < now() && wakesAt > now() + LONGEST_POSTPONE_MS;
}
