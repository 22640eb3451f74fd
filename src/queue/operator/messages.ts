import { decodeRecord, destinationsOf, type QueueRecord } from '../forms/record.ts';
import { createRecordShelf, LISTED_BYTES, type RecordShelf } from '../lease/record-shelf.ts';
import { deliveriesAt, type ListPorts } from './inspect.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import { sortedDestinations, walk, type Place } from './walk.ts';

/** A message that waits, with all recipients that still do. */
export interface QueuedMessage {
  readonly queueId: string;
  readonly sender: string;
  /** Octets. */
  readonly size: number;
  /** Epoch ms. */
  readonly arrivedAt: number;
  /** `hold`: on hold, or all that waits may have arrived. Otherwise `active` if it is being delivered anywhere. */
  readonly state: 'incoming' | 'active' | 'deferred' | 'hold';
  readonly forceExpired: boolean;
  /** By destination; each has recipients. */
  readonly deliveries: readonly QueuedDelivery[];
}

/** So much is read at a time: of messages, and of one message that waits at many destinations. */
const MESSAGES_AT_ONCE = 50;
const DESTINATIONS_AT_ONCE = 100;
/** Of so many messages with many destinations it is remembered where they were shown. */
const REMEMBERED = 1_000;

/**
 * Everything that waits, message by message, as it is read: a message is shown at the first of the destinations where it
 * waits.
 */
export async function* listMessages(
  ports: ListPorts,
  looked: (place: Place) => void = () => {},
): AsyncGenerator<QueuedMessage> {
  const records = createRecordShelf(ports.store, LISTED_BYTES);
  const homes = createHomes();
  const destinations = await sortedDestinations(ports);
  for await (const places of walk(destinations, ports)) {
    for (let start = 0; start < places.length; start += MESSAGES_AT_ONCE) {
      const some = places.slice(start, start + MESSAGES_AT_ONCE);
      const messages = await Promise.all(some.map((place) => messageShownAt(place, homes, ports, records)));
      for (const [index, place] of some.entries()) {
        const message = messages[index];
        if (message !== undefined) yield message;
        looked(place);
      }
    }
  }
}

/** Where messages are shown that wait at many destinations. */
interface Homes {
  get(queueId: string): string | undefined;
  set(queueId: string, destination: string): void;
}

function createHomes(): Homes {
  const homes = new Map<string, string>();
  return {
    get: (queueId) => homes.get(queueId),
    set(queueId, destination) {
      homes.set(queueId, destination);
      if (homes.size <= REMEMBERED) return;
      for (const oldest of homes.keys()) return void homes.delete(oldest);
    },
  };
}

/** Undefined if it is shown elsewhere, or was finished meanwhile. */
async function messageShownAt(
  place: Place,
  homes: Homes,
  ports: ListPorts,
  records: RecordShelf,
): Promise<QueuedMessage | undefined> {
  const { destination, queueId } = place;
  const home = homes.get(queueId);
  if (home !== undefined && home !== destination) return undefined;
  const record = await readableRecord(queueId, records);
  const all = record === undefined ? [destination] : await destinationsNow(queueId, record, ports);
  if (all.length === 1) return messageOf(await deliveriesAt(place, ports, records));
  const found: QueuedDelivery[] = [];
  for await (const waits of placesOfMessage(queueId, all, ports)) {
    const [first] = waits;
    if (found.length === 0 && first !== undefined && first.destination !== destination) {
      homes.set(queueId, first.destination);
      return undefined;
    }
    found.push(...(await deliveriesAtAll(waits, ports, records)));
  }
  homes.set(queueId, destination);
  return messageOf(found);
}

/** Where a message waits among these destinations, some at a time. */
async function* placesOfMessage(
  queueId: string,
  destinations: readonly string[],
  { redis, base }: ListPorts,
): AsyncGenerator<readonly Place[]> {
  const sorted = destinations.toSorted();
  for (let start = 0; start < sorted.length; start += DESTINATIONS_AT_ONCE) {
    const some = sorted.slice(start, start + DESTINATIONS_AT_ONCE);
    const scores = await Promise.all(some.map((name) => redis.zscore(`${base}d:${name}`, queueId)));
    yield some.flatMap((destination, index): Place[] => {
      const score = scores[index] ?? undefined;
      return score === undefined ? [] : [{ destination, queueId, score }];
    });
  }
}

async function deliveriesAtAll(
  places: readonly Place[],
  ports: ListPorts,
  records: RecordShelf,
): Promise<readonly QueuedDelivery[]> {
  return (await Promise.all(places.map((place) => deliveriesAt(place, ports, records)))).flat();
}

/** Undefined if it is gone, or if only a newer relay can read it. */
function readableRecord(queueId: string, records: RecordShelf): Promise<QueueRecord | undefined> {
  return records.record(queueId).catch(() => undefined);
}

async function destinationsNow(
  queueId: string,
  { routing }: QueueRecord,
  { redis, base }: ListPorts,
): Promise<readonly string[]> {
  const key = `${base}m:${queueId}`;
  if (routing.size === 1 && (await redis.hexists(key, 'moved')) === 0) return [...routing.keys()];
  return destinationsOf(routing, await redis.hkeys(key));
}

/** One message with all that waits of it; undefined if there is none. */
export async function readMessage(queueId: string, ports: ListPorts): Promise<QueuedMessage | undefined> {
  const { store } = ports;
  const text = await store.record(queueId);
  if (text === undefined) return undefined;
  const records = createRecordShelf(store, LISTED_BYTES);
  const found: QueuedDelivery[] = [];
  const names = await destinationsNow(queueId, decodeRecord(text), ports);
  for await (const waits of placesOfMessage(queueId, names, ports))
    found.push(...(await deliveriesAtAll(waits, ports, records)));
  return messageOf(found);
}

function messageOf(deliveries: readonly QueuedDelivery[]): QueuedMessage | undefined {
  const [first] = deliveries;
  if (first === undefined) return undefined;
  const { queueId, sender, size, arrivedAt } = first;
  const has = (state: QueuedDelivery['state']): boolean => deliveries.some((one) => one.state === state);
  const isHeld = has('hold') || deliveries.every(({ state }) => state === 'held');
  const state = isHeld ? 'hold' : has('active') ? 'active' : has('deferred') ? 'deferred' : 'incoming';
  const forceExpired = deliveries.some((one) => one.forceExpired === true);
  return { queueId, sender, size, arrivedAt, state, forceExpired, deliveries };
}
