import { domainOf } from '../../core/mail/address.ts';
import { inOrder } from '../../core/in-order.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { FLUSHED_AT_ONCE } from '../scripts/flush.ts';
import { listQueue, type ListPorts } from './inspect.ts';
import type { QueuedDelivery } from './queued-delivery.ts';
import { normalised } from './names.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** The result for the deliveries that a name stands for. */
export interface Flushed {
  /** Destination, queue ID, or address or domain of recipients, as the operator wrote it. */
  readonly name: string;
  /** Number that are due now and were not before. */
  readonly flushed: number;
  /** Number that were due before, or are under way. */
  readonly due: number;
  /** Number that wait for `queue release` or `queue delete`. */
  readonly held: number;
}

/** A backlog may be of very many destinations: Redis waits for the disk once for so many. */
const DESTINATIONS_AT_ONCE = 20;

export interface FlushPorts extends ListPorts {
  readonly store: ListPorts['store'] & Pick<QueueStore, 'unsuspend' | 'flush' | 'flushOne'>;
  readonly alarms: Pick<Alarms, 'wake'>;
}

/** Makes everything that is deferred due now, and ends all suspensions; resolves to the number of deliveries. */
export function flushQueue(ports: FlushPorts): Promise<number> {
  return flushWhere(() => true, ports);
}

/** The same for the destinations that are meant. */
export async function flushWhere(
  isMeant: (destination: string) => boolean,
  ports: FlushPorts,
): Promise<number> {
  let flushed = 0;
  const destinations = (await ports.store.destinations()).filter(isMeant);
  const flush = async (destination: string): Promise<number> => {
    await ports.store.unsuspend([destination]);
    return flushDestination(destination, ports);
  };
  for await (const count of inOrder(destinations, DESTINATIONS_AT_ONCE, flush)) flushed += count;
  return flushed;
}

/**
 * The same for what each of these names stands for: a destination; otherwise a message, or recipients, wherever they
 * wait. Domain names ignore case, queue IDs do not.
 */
export async function flushNamed(names: readonly string[], ports: FlushPorts): Promise<readonly Flushed[]> {
  const destinations = new Map<string, string>();
  for (const one of await ports.store.destinations()) destinations.set(normalised(one), one);
  const counts = new Map<string, Count>();
  for (const name of names) {
    const destination = destinations.get(normalised(name));
    const nothing = { wanted: normalised(name), flushed: 0, due: 0, held: 0 };
    counts.set(name, destination === undefined ? nothing : await countDestination(destination, ports));
  }
  const others = [...counts].filter(([, { wanted }]) => wanted !== undefined);
  if (others.length > 0) await flushMeant(others, ports);
  return [...counts].map(([name, { flushed, due, held }]) => ({ name, flushed, due, held }));
}

interface Count {
  /** Absent if the name is that of a destination. */
  readonly wanted?: string;
  flushed: number;
  due: number;
  held: number;
}

async function countDestination(destination: string, ports: FlushPorts): Promise<Count> {
  const { redis, base, store } = ports;
  await store.unsuspend([destination]);
  const flushed = await flushDestination(destination, ports);
  const queue = `${base}d:${destination}`;
  const held = await redis.zcount(queue, HELD, `(${CLAIMED}`);
  const due = (await redis.zcard(queue)) - held - flushed;
  return { flushed, due, held };
}

async function flushMeant(counts: readonly (readonly [string, Count])[], ports: FlushPorts): Promise<void> {
  const { now } = ports;
  for await (const delivery of listQueue(ports)) {
    const meant = counts.filter(([name, { wanted }]) => isMeant(name, wanted ?? '', delivery));
    if (meant.length === 0) continue;
    const isDeferred = delivery.nextAt !== undefined && delivery.nextAt > now();
    const isFlushed = isDeferred && (await flushOne(delivery, ports));
    const what =
      delivery.state === 'held' || delivery.state === 'hold' ? 'held' : isFlushed ? 'flushed' : 'due';
    for (const [, count] of meant) count[what] += 1;
  }
}

function isMeant(name: string, wanted: string, { queueId, recipients }: QueuedDelivery): boolean {
  if (queueId === name) return true;
  return recipients.map(normalised).some((address) => address === wanted || domainOf(address) === wanted);
}

async function flushDestination(
  destination: string,
  { redis, base, store, alarms, now }: FlushPorts,
): Promise<number> {
  const at = now();
  // What is tried meanwhile, and deferred again, is not flushed for ever.
  const slices = Math.ceil((await redis.zcard(`${base}d:${destination}`)) / FLUSHED_AT_ONCE);
  let flushed = 0;
  for (let slice = 0; slice < slices; slice += 1) {
    const { count, wakeups } = await store.flush({ destination, now: at });
    await alarms.wake(wakeups);
    flushed += count;
    if (count < FLUSHED_AT_ONCE) break;
  }
  return flushed;
}

/** False if it is no longer deferred. A suspended destination would defer it again, so its suspension ends. */
async function flushOne(
  { destination, queueId }: QueuedDelivery,
  { store, alarms, now }: FlushPorts,
): Promise<boolean> {
  await store.unsuspend([destination]);
  const { isDone, wakeups } = await store.flushOne({ destination, now: now(), queueId });
  await alarms.wake(wakeups);
  return isDone;
}
