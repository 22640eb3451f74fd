import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import type { Alarms } from '../alarms/alarms.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { contentRemoved, messageFound } from '../log/log-lines.ts';

/** Approximate number of keys that are examined at a time: a large queue takes hours, without a noticeable load. */
const KEYS_AT_A_TIME = 2_000;
const KEYS_A_PAGE = 200;

export interface OrphanPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'mend'>;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
  readonly log: Log;
}

/**
 * Examines all messages and contents, a part with each call, and mends what a crash should not leave: a message at no
 * destination becomes due again, because twice is better than never; content without a message is removed.
 */
export function createOrphanSearch(ports: OrphanPorts): () => Promise<void> {
  const { redis, base, store, alarms, now, log } = ports;
  let cursor = '0';

  async function mend(queueId: string): Promise<void> {
    const { done, wakeups } = await store.mend({ queueId, now: now() });
    if (done === 'nothing') return;
    log(done === 'removed' ? contentRemoved(queueId) : messageFound(queueId));
    await alarms.wake(wakeups);
  }

  return async () => {
    for (let looked = 0; looked < KEYS_AT_A_TIME; looked += KEYS_A_PAGE) {
      const [next, keys] = await redis.scan(cursor, 'MATCH', `${base}[mb]:*`, 'COUNT', KEYS_A_PAGE);
      const ids = new Set(keys.map((key) => key.slice(base.length + 2)));
      await Promise.all([...ids].map(mend));
      cursor = next;
      if (cursor === '0') return;
    }
  };
}
