import type { Redis } from 'ioredis';
import { CLAIMED } from '../forms/keys.ts';
import { decodeProgress, decodeRecord } from '../forms/record.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { suspendedNow } from '../store/suspensions.ts';

/** One destination of one waiting message, as `queue list` shows it. */
export interface QueuedDelivery {
  readonly queueId: string;
  readonly destination: string;
  /**
   * `active`: an attempt is under way; `deferred`: it failed before and waits; `incoming`: never tried; `held`: may have
   * arrived, and waits for `queue release` or `queue delete`.
   */
  readonly state: 'incoming' | 'active' | 'deferred' | 'held';
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly size: number;
  readonly arrivedAt: number;
  readonly attempts: number;
  /** Epoch ms; absent during an attempt, and for what is held. */
  readonly nextAt?: number;
  /** Epoch ms until which the destination is suspended. */
  readonly suspendedUntil?: number;
  /** Why it is not tried although it is due. */
  readonly postponed?: string;
  /** Why the last attempt failed. */
  readonly dsn?: string;
  readonly reason?: string;
}

export interface ListPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'destinations' | 'suspensions'>;
}

const PAGE = 500;

/**
 * Everything that waits, destination by destination, earliest due first, read page by page. A message that only a newer
 * relay can read is listed with that reason.
 */
export async function* listQueue({ redis, base, store }: ListPorts): AsyncGenerator<QueuedDelivery> {
  const destinations = await store.destinations();
  const suspended = await suspendedNow(store, Date.now());
  const postponed = await redis.hgetall(`${base}postponed`);
  for (const destination of destinations.toSorted()) {
    const until = suspended.get(destination)?.until;
    const suspension = until === undefined ? {} : { suspendedUntil: until };
    const reason = postponed[destination];
    for (let start = 0; ; start += PAGE) {
      const end = start + PAGE - 1;
      const page = await redis.zrange(`${base}d:${destination}`, String(start), String(end), 'WITHSCORES');
      for await (const entry of describePage(page, destination, redis, base)) {
        const isDue = entry.nextAt !== undefined && entry.nextAt <= Date.now();
        yield { ...entry, ...suspension, ...(isDue && reason !== undefined ? { postponed: reason } : {}) };
      }
      if (page.length < PAGE * 2) break;
    }
  }
}

async function* describePage(
  page: readonly string[],
  destination: string,
  redis: Redis,
  base: string,
): AsyncGenerator<QueuedDelivery> {
  const ids = page.filter((_, index) => index % 2 === 0);
  // All commands are sent together, so a page takes one round trip.
  const stored = await Promise.all(
    ids.map((id) => redis.hmget(`${base}m:${id}`, 'record', `s:${destination}`)),
  );
  for (const [index, queueId] of ids.entries()) {
    const [record, progress] = stored[index] ?? [];
    if (record == null) continue; // Finished while we were reading.
    const due = Number(page[2 * index + 1]);
    try {
      yield* describe(record, progress ?? undefined, destination, due);
    } catch (error) {
      yield { ...unreadable, queueId, destination, reason: String(error) };
    }
  }
}

const unreadable = {
  state: 'deferred',
  sender: '',
  recipients: [],
  size: 0,
  arrivedAt: 0,
  attempts: 0,
} as const;

function* describe(
  recordText: string,
  progressText: string | undefined,
  destination: string,
  due: number,
): Generator<QueuedDelivery> {
  const { message, routing } = decodeRecord(recordText);
  const { queueId, envelope, size, arrivedAt } = message;
  const progress = progressText === undefined ? undefined : decodeProgress(progressText);
  const { attempts = 0, last, held } = progress ?? {};
  const active = due >= CLAIMED;
  const common = { queueId, destination, sender: envelope.sender, size, arrivedAt, attempts };
  const addresses = (indexes: readonly number[]): readonly string[] =>
    indexes.map((index) => envelope.recipients[index]?.address ?? '');
  if (held !== undefined) {
    yield { ...common, state: 'held', recipients: addresses(held.left), ...held.last };
  }
  const waiting = progress?.left ?? routing.get(destination) ?? [];
  if (waiting.length === 0) return;
  yield {
    ...common,
    state: active ? 'active' : attempts === 0 ? 'incoming' : 'deferred',
    recipients: addresses(waiting),
    ...(active ? {} : { nextAt: Math.ceil(due) }),
    ...last,
  };
}
