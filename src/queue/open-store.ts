import type { Redis } from 'ioredis';
import type { Confirmable } from '../core/confirmable.ts';
import { countAway } from './drain/away.ts';
import { encodeDumpLine, readDumpLines } from './dump/dump.ts';
import { exportQueue, queueIds } from './dump/export-queue.ts';
import { importQueue, type Imported } from './dump/import-queue.ts';
import { countRelays } from './count-relays.ts';
import { keyBase } from './forms/keys.ts';
import { asQueueError } from './redis/queue-error.ts';
import { openQueueStore } from './store/queue-store.ts';
import { assertSafe, connectRedis, openConnection, targetOf, type RedisAddress } from './redis/redis.ts';

/** The store of a queue, for export and import. */
export interface Store {
  /** Connections of relays that work on this queue. Throws QueueError if Redis does not answer. */
  users(): Promise<number>;
  /** Number of messages. Throws QueueError. */
  messages(): Promise<number>;
  /** Lines of a dump. `warn` is called for a message that cannot be read. */
  export(warn: (text: string) => void): AsyncIterable<string>;
  /** Throws DumpError or QueueError, QUEUE_UNSAFE among them. */
  import(dump: AsyncIterable<Buffer>): Promise<Imported>;
  close(): void;
}

export interface StoreOptions {
  readonly prefix: string;
  readonly allowUnsafe: boolean;
  /** What the operator vouches for, where Redis does not tell it. */
  readonly confirmed?: readonly Confirmable[];
}

/** Throws QueueError if Redis cannot be reached. */
export async function openStore(
  address: RedisAddress,
  { prefix, allowUnsafe, confirmed }: StoreOptions,
): Promise<Store> {
  const redis = connectRedis(targetOf(address), { patience: 'impatient' });
  const base = keyBase(prefix);
  try {
    await openConnection(redis);
  } catch (error) {
    redis.disconnect();
    throw error;
  }
  return {
    users: () => countRelays(redis, prefix),
    messages: () => countMessages(redis, base),
    async *export(warn) {
      const away = await countAway(redis, base);
      if (away > 0)
        warn(`${away} messages are on their way to another queue, and not exported (queue drain)`);
      for await (const line of exportQueue(redis, base, Date.now(), warn)) yield encodeDumpLine(line);
    },
    async import(dump) {
      if (!allowUnsafe) await assertSafe(redis, confirmed);
      const store = openQueueStore(redis, base);
      return importQueue(readDumpLines(dump), { redis, base, store, now: Date.now });
    },
    close: () => redis.disconnect(),
  };
}

async function countMessages(redis: Redis, base: string): Promise<number> {
  try {
    let count = 0;
    for await (const _ of queueIds(redis, base)) count += 1;
    return count;
  } catch (error) {
    throw asQueueError(error);
  }
}
