import type { QueueStore } from '../store/queue-store.ts';
import { decodeRecord, type QueueRecord } from '../forms/record.ts';

/** A longer record is fetched separately, once for all destinations of its message that are served at the same time. */
export const LONG_RECORD_BYTES = 8 * 1024;
/** Octets of long records that are kept for the next destination. Those of claims under way are in memory anyway. */
const KEPT_BYTES = 16 * 1024 * 1024;
/** The same for whoever reads the whole queue: most of it is read once. In memory a short record is several times as long. */
export const LISTED_BYTES = 1024 * 1024;

/** Long records that were read lately. A record never changes. */
export interface RecordShelf {
  /** Undefined if the message is gone. Throws QueueError, and the errors of decodeRecord(). */
  record(queueId: string): Promise<QueueRecord | undefined>;
}

interface Kept {
  readonly reading: Promise<QueueRecord | undefined>;
  /** 0 until it is read. */
  bytes: number;
}

export function createRecordShelf(store: Pick<QueueStore, 'record'>, mostBytes = KEPT_BYTES): RecordShelf {
  /** Least recently used first. */
  const shelf = new Map<string, Kept>();
  let keptBytes = 0;

  async function read(queueId: string): Promise<QueueRecord | undefined> {
    const stored = await store.record(queueId);
    // A record that is missing or unreadable now may be there another time.
    if (stored === undefined) return drop(queueId);
    const record = decodeRecord(stored);
    const kept = shelf.get(queueId);
    if (kept !== undefined) kept.bytes = stored.length;
    keptBytes += kept?.bytes ?? 0;
    for (const oldest of shelf.keys()) if (keptBytes > mostBytes && oldest !== queueId) drop(oldest);
    return record;
  }

  function drop(queueId: string): undefined {
    keptBytes -= shelf.get(queueId)?.bytes ?? 0;
    shelf.delete(queueId);
  }

  return {
    record(queueId) {
      let kept = shelf.get(queueId);
      shelf.delete(queueId);
      kept ??= { reading: read(queueId), bytes: 0 };
      shelf.set(queueId, kept);
      kept.reading.catch(() => drop(queueId));
      return kept.reading;
    },
  };
}
