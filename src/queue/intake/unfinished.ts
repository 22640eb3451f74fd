import type { Redis } from 'ioredis';
import type { Log } from '../../core/log/log-event.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { unfinishedRemoved } from '../log/log-lines.ts';

/** How often a process says of the content that it is writing ahead of its envelope that it still is. */
const RENEW_MS = 15_000;
/** What nobody has said that of for so long is being written by nobody. */
export const ABANDONED_AFTER_MS = 60_000;
/** Relays of before do not say so. Longer than a client that behaves may take. */
const OLD_ABANDONED_AFTER_MS = 24 * 3_600_000;

export interface UnfinishedPorts {
  readonly store: Pick<QueueStore, 'keep' | 'discard'>;
  readonly now: () => number;
}

/** Content that this process is writing ahead. */
export interface Unfinished {
  /** To be called before its first piece is written; resolves when it is listed. Throws QueueError. */
  list(store: Pick<QueueStore, 'listIncoming'>, id: string): Promise<void>;
  /** It belongs to a message now, or it is for others to find out whether it does. */
  leave(id: string): void;
  /**
   * Removes it, also from a Redis that is full. With `mayCome`, pieces that Redis did not answer for may come yet: it
   * stays listed, and is removed once more in a while, as it is when this does not get through. Never rejects.
   */
  discard(id: string, mayCome: boolean): Promise<void>;
  stop(): void;
}

export function openUnfinished({ store, now }: UnfinishedPorts): Unfinished {
  const writing = new Set<string>();
  let renewing: Promise<unknown> | undefined;
  const renewal = setInterval(() => {
    // While Redis is away one waits for it, not one every time.
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

/** A score with a fraction is renewed; those of relays of before are whole. */
function renewed(now: number): number {
  return Math.floor(now) + 0.5;
}

/** Removes what is being written by nobody. Throws QueueError. */
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

/** Nor does anybody write what was listed by a clock that was ahead and has been set back. */
function isAbandoned(score: number, now: number): boolean {
  const age = now - score;
  if (Number.isInteger(score)) return age >= OLD_ABANDONED_AFTER_MS;
  return age >= ABANDONED_AFTER_MS || age <= -ABANDONED_AFTER_MS;
}

/** At the start of the sole user of a Redis: content that is being written ahead is written by nobody any more. */
export async function removeUnfinished(redis: Redis, base: string): Promise<void> {
  const ids = await redis.zrange(`${base}incoming`, '0', '-1');
  await redis.del(`${base}incoming`);
  for (const id of ids) await redis.unlink(`${base}b:${id}`);
}
