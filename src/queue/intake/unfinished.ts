import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { unfinishedRemoved } from '../log/log-lines.ts';

/** How often a process renews the entry of content that it is writing ahead of its envelope. */
const RENEW_MS = 15_000;
/** Content without a renewal for this long is abandoned. */
export const ABANDONED_AFTER_MS = 60_000;
/** Relays of older builds do not renew. This is longer than a well-behaved client may take. */
const OLD_ABANDONED_AFTER_MS = 24 * 3_600_000;

export interface UnfinishedPorts {
  readonly store: Pick<QueueStore, 'keep' | 'discard'>;
  readonly now: () => number;
}

/** Content that this process is writing ahead. */
export interface Unfinished {
  /** Must be called before the first piece is written; resolves when the content is listed. Throws QueueError. */
  list(store: Pick<QueueStore, 'listIncoming'>, id: string): Promise<void>;
  /** Stops renewing: the content belongs to a message now, or others find out whether it does. */
  leave(id: string): void;
  /**
   * Removes it, even if Redis is full. With `mayCome`, unanswered pieces may still arrive: it stays listed, and is
   * removed once more later, as it is if this call fails. Never rejects.
   */
  discard(id: string, mayCome: boolean): Promise<void>;
  stop(): void;
}

export function openUnfinished({ store, now }: UnfinishedPorts): Unfinished {
  const writing = new Set<string>();
  let renewing: Promise<unknown> | undefined;
  const renewal = setInterval(() => {
    // While Redis is away one renewal waits for it, not one each time.
    if (writing.size === 0 || renewing !== undefined) return;
    renewing = store
      .keep({ queueIds: [...writing], score: renewed(now()) })
      .catch(() => {})
      .finally(() => (renewing = undefined));
  }, RENEW_MS);

  return {
    async list(writer, id) {
      writing.add(id);
      await writer.listIncoming(id, renewed(now()));
    },
    leave: (id) => void writing.delete(id),
    async discard(id, mayCome) {
      writing.delete(id);
      await store.discard({ queueId: id, mayCome }).catch(() => {});
    },
    stop: () => clearInterval(renewal),
  };
}

/** A score with a fraction is renewed. The scores of relays of older builds are whole numbers. */
function renewed(now: number): number {
  return Math.floor(now) + 0.5;
}

/** Removes abandoned content. Throws QueueError. */
export async function removeAbandoned(
  { store, now }: { readonly store: Pick<QueueStore, 'incoming' | 'discard'>; readonly now: () => number },
  log: Log,
): Promise<void> {
  for (const { queueId, score } of await store.incoming()) {
    if (!isAbandoned(Number(score), now())) continue;
    const isRemoved = await store.discard({ queueId, score, mayCome: false });
    if (isRemoved) log(unfinishedRemoved(queueId));
  }
}

/** Content that was listed by a clock that was ahead and has been set back is abandoned too. */
function isAbandoned(score: number, now: number): boolean {
  const age = now - score;
  if (Number.isInteger(score)) return age >= OLD_ABANDONED_AFTER_MS;
  return age >= ABANDONED_AFTER_MS || age <= -ABANDONED_AFTER_MS;
}

/** At the start of the sole user of a Redis, all content that was being written ahead is abandoned. */
export async function removeUnfinished(redis: Redis, base: string): Promise<void> {
  const ids = await redis.zrange(`${base}incoming`, '0', '-1');
  await redis.del(`${base}incoming`);
  for (const id of ids) await redis.unlink(`${base}b:${id}`);
}
