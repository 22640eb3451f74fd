import { CLAIMED } from '../forms/keys.ts';
import { decodeProgress, type QueueRecord } from '../forms/record.ts';
import { createRecordShelf, LISTED_BYTES, type RecordShelf } from '../lease/record-shelf.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { suspendedNow } from '../store/suspensions.ts';
import type { QueueFilter } from '../../core/delivery/queue-filter.ts';
import { matcher } from './filter.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import { normalised } from './names.ts';
import { sortedDestinations, walk, type Place, type WalkPorts } from './walk.ts';

export interface ListPorts extends WalkPorts {
  readonly store: Pick<QueueStore, 'destinations' | 'page' | 'postponed' | 'record' | 'suspensions'>;
  readonly now: () => number;
}

export interface ListWishes {
  readonly filter?: QueueFilter;
  /** Begins behind this place. */
  readonly after?: Place;
  /** Hears of each entry that was looked at, shown or not. */
  readonly looked?: (place: Place) => void;
}

/** So many messages are read at a time: their records may be large. */
const READ_AT_ONCE = 100;

/**
 * Everything that waits and is meant, destination by destination, earliest due first, read page by page. A message that
 * only a newer relay can read is listed with that reason.
 */
export async function* listQueue(
  ports: ListPorts,
  { looked = () => {}, ...wishes }: ListWishes = {},
): AsyncGenerator<QueuedDelivery> {
  for await (const { place, deliveries } of listPlaces(ports, wishes)) {
    yield* deliveries;
    looked(place);
  }
}

/** A place, and what of it is meant, which may be nothing. */
export interface Listed {
  readonly place: Place;
  readonly deliveries: readonly QueuedDelivery[];
}

/** The same, place by place. */
export async function* listPlaces(
  ports: ListPorts,
  { filter = {}, after }: Pick<ListWishes, 'filter' | 'after'>,
): AsyncGenerator<Listed> {
  const { store } = ports;
  const wanted = filter.destination === undefined ? undefined : normalised(filter.destination);
  const all = await sortedDestinations(ports);
  const destinations = wanted === undefined ? all : all.filter((name) => normalised(name) === wanted);
  const suspended = await suspendedNow(store, ports.now());
  const postponed = await store.postponed();
  const isMeant = matcher(filter);
  const records = createRecordShelf(store, LISTED_BYTES);
  for await (const places of walk(destinations, ports, after)) {
    for (let start = 0; start < places.length; start += READ_AT_ONCE) {
      const some = places.slice(start, start + READ_AT_ONCE);
      const read = await Promise.all(some.map((place) => deliveriesAt(place, ports, records)));
      for (const [index, place] of some.entries()) {
        const until = suspended.get(place.destination)?.until;
        const reason = postponed.get(place.destination);
        const deliveries = (read[index] ?? []).map((entry) => {
          const isDue = entry.nextAt !== undefined && entry.nextAt <= ports.now();
          return {
            ...entry,
            ...(until === undefined ? {} : { suspendedUntil: until }),
            ...(isDue && reason !== undefined ? { postponed: reason } : {}),
          };
        });
        yield { place, deliveries: deliveries.filter(isMeant) };
      }
    }
  }
}

/** What waits at a place: those in doubt and the others are told apart. Empty if it was finished while we were reading. */
export async function deliveriesAt(
  { destination, queueId, score }: Place,
  { redis, base }: Pick<ListPorts, 'redis' | 'base'>,
  records: RecordShelf,
): Promise<readonly QueuedDelivery[]> {
  try {
    const [record, [progress, hold, expire]] = await Promise.all([
      records.record(queueId),
      redis.hmget(`${base}m:${queueId}`, `s:${destination}`, 'hold', 'expire'),
    ]);
    if (record === undefined) return [];
    const marks = { isOnHold: hold != null, isExpired: expire != null };
    return [...describe(record, progress ?? undefined, { destination, due: Number(score), ...marks })];
  } catch (error) {
    return [{ ...unreadable, queueId, destination, reason: String(error) }];
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

interface Waiting {
  readonly destination: string;
  /** Score of the entry. */
  readonly due: number;
  readonly isOnHold: boolean;
  readonly isExpired: boolean;
}

function* describe(
  { message, routing }: QueueRecord,
  progressText: string | undefined,
  { destination, due, isOnHold, isExpired }: Waiting,
): Generator<QueuedDelivery> {
  const { queueId, envelope, size, arrivedAt } = message;
  const progress = progressText === undefined ? undefined : decodeProgress(progressText);
  const { attempts = 0, last, held } = progress ?? {};
  const active = due >= CLAIMED;
  const common = {
    queueId,
    destination,
    sender: envelope.sender,
    size,
    arrivedAt,
    attempts,
    ...(isExpired && ({ forceExpired: true } as const)),
  };
  const addresses = (indexes: readonly number[]): readonly string[] =>
    indexes.map((index) => envelope.recipients[index]?.address ?? '');
  if (held !== undefined) {
    yield { ...common, state: 'held', recipients: addresses(held.left), ...held.last };
  }
  const waiting = progress?.left ?? routing.get(destination) ?? [];
  if (waiting.length === 0) return;
  yield {
    ...common,
    state: active ? 'active' : isOnHold ? 'hold' : attempts === 0 ? 'incoming' : 'deferred',
    recipients: addresses(waiting),
    ...(active || isOnHold ? {} : { nextAt: Math.ceil(due) }),
    ...last,
  };
}
