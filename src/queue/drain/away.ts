import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { departedOf, type Departed } from '../scripts/depart.ts';
import type { Alarms } from '../alarms/alarms.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { leaseOf } from './drain-lease.ts';

export interface AwayMessage {
  readonly queueId: string;
  readonly message: Departed;
}

/** Messages that have left for another queue and were not let go, the first to leave first. */
export async function* awayMessages(redis: Redis, base: string): AsyncGenerator<AwayMessage> {
  // Whoever listens may put them back, or let them go: the list is read beforehand. It is as long as a drain has hands.
  const ids = await redis.zrange(`${base}away`, '0', '-1');
  for (const queueId of ids) {
    const hash = await redis.callBuffer('HGETALL', `${base}away:${queueId}`);
    if (!Array.isArray(hash) || hash.length === 0) {
      await redis.zrem(`${base}away`, queueId);
      continue;
    }
    yield { queueId, message: departedOf(hash as Buffer[]) };
  }
}

/** How many there are. */
export function countAway(redis: Redis, base: string): Promise<number> {
  return redis.zcard(`${base}away`);
}

export interface TakeBackPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: QueueStore;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
}

/**
 * For a target that never comes back: puts what has left for another queue, and may be there, on hold, because only the
 * operator knows. Answers with the ids. Throws QueueError, also while a drain is at work.
 */
export async function takeBack(
  { redis, base, store, alarms, now }: TakeBackPorts,
  stopping: AbortSignal,
): Promise<readonly string[]> {
  const drain = randomUUID();
  const lease = await leaseOf(store, drain, stopping);
  const ids: string[] = [];
  try {
    for await (const { queueId, message } of awayMessages(redis, base)) {
      const { departure } = message;
      const { result, wakeups } = await store.comeBack({ queueId, departure, drain, now: now(), held: true });
      if (result === 'done') ids.push(queueId);
      await alarms.wake(wakeups);
    }
    return ids;
  } finally {
    await lease.end();
  }
}
