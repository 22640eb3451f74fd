import type { Redis } from 'ioredis';
import { asQueueError } from './queue-error.ts';
import { decodeRecord, type QueueRecord } from './record.ts';

/** A record that is longer is fetched apart, once for all destinations of its message that are served at a time. */
export const LONG_RECORD_BYTES = 8 * 1024;
/** So many long records are kept for the next destination; those of claims under way are in memory anyhow. */
const KEPT = 16;

/** Long records that were read lately. A record never changes. */
export interface RecordShelf {
  /** Undefined when the message is gone. Throws QueueError, and what decodeRecord() throws. */
  record(queueId: string): Promise<QueueRecord | undefined>;
}

export function createRecordShelf(redis: Redis, base: string): RecordShelf {
  /** Least recently used first. */
  const shelf = new Map<string, Promise<QueueRecord | undefined>>();

  async function read(queueId: string): Promise<QueueRecord | undefined> {
    const stored = await redis.hget(`${base}m:${queueId}`, 'record').catch((error: unknown) => {
      throw asQueueError(error);
    });
    return stored === null ? undefined : decodeRecord(stored);
  }

  return {
    async record(queueId) {
      const reading = shelf.get(queueId) ?? read(queueId);
      shelf.delete(queueId);
      shelf.set(queueId, reading);
      for (const [oldest] of shelf) {
        if (shelf.size <= KEPT) break;
        shelf.delete(oldest);
      }
      try {
        return await reading;
      } catch (error) {
        // Another time it may be had.
        if (shelf.get(queueId) === reading) shelf.delete(queueId);
        throw error;
      }
    },
  };
}
