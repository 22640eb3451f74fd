import type { Redis } from 'ioredis';
import type { Progress } from '../../core/delivery/outcome.ts';
import type { Alarms } from '../alarms/alarms.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { decodeProgress, decodeRecord, destinationsOf, encodeProgress } from '../forms/record.ts';

export interface IntervenePorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'record' | 'unhold' | 'forget'>;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
}

/** The result for a message that the operator named. */
export type Released = 'released' | 'not held' | 'being delivered';

/** Makes the held recipients of a message due now. */
export async function releaseMessage(
  queueId: string,
  { redis, base, store, alarms, now: clock }: IntervenePorts,
): Promise<Released> {
  const now = clock();
  const fields = await redis.hgetall(`${base}m:${queueId}`);
  let outcome: Released = 'not held';
  for (const [field, text] of Object.entries(fields)) {
    if (!field.startsWith('s:')) continue;
    const { held, ...progress } = decodeProgress(text);
    if (held === undefined) continue;
    const destination = field.slice(2);
    const merged: Progress = {
      ...progress,
      left: [...progress.left, ...held.left].toSorted((a, b) => a - b),
      nextAt: now,
    };
    const change = { destination, queueId, now, before: text, after: encodeProgress(merged) };
    const { isDone, wakeups } = await store.unhold(change);
    await alarms.wake(wakeups);
    if (isDone && outcome === 'not held') outcome = 'released';
    if (!isDone) outcome = 'being delivered';
  }
  return outcome;
}

/**
 * Deletes a message with all recipients that still wait, without a report to its sender; false if no message has this
 * ID.
 */
export async function deleteMessage(
  queueId: string,
  { redis, base, store }: Omit<IntervenePorts, 'alarms' | 'now'>,
): Promise<boolean> {
  const record = await store.record(queueId);
  if (record === undefined) return false;
  const { routing } = decodeRecord(record);
  const destinations = destinationsOf(routing, await redis.hkeys(`${base}m:${queueId}`));
  return store.forget({ queueId, destinations });
}
