import type { Redis } from 'ioredis';
import type { Entry } from '../scripts/page.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** A place in the queue: an entry of a destination. */
export interface Place extends Entry {
  readonly destination: string;
}

export interface WalkPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: Pick<QueueStore, 'destinations' | 'page'>;
}

/** Most entries that are read at a time. */
export const PAGE = 500;
/** Of so many destinations the first entries are read together, as most have few. */
const DESTINATIONS_AT_ONCE = 50;
const FIRST_ENTRIES = 10;

/** The names of the destinations where mail waits, in their order. */
export async function sortedDestinations({ store }: Pick<WalkPorts, 'store'>): Promise<readonly string[]> {
  return (await store.destinations()).toSorted();
}

/**
 * Walks over the entries of these destinations in their order, earliest due first, some at a time. Nothing is asked of
 * Redis that takes long, and no more is kept than what is shown. @param after begins behind this place
 */
export async function* walk(
  destinations: readonly string[],
  ports: WalkPorts,
  after?: Place,
): AsyncGenerator<readonly Place[]> {
  const begun = after === undefined ? undefined : destinations.find((name) => name === after.destination);
  if (begun !== undefined && after !== undefined) yield* pagesOf(begun, after, ports);
  const rest = after === undefined ? destinations : destinations.filter((name) => name > after.destination);
  for (let start = 0; start < rest.length; start += DESTINATIONS_AT_ONCE) {
    const some = rest.slice(start, start + DESTINATIONS_AT_ONCE);
    const firsts = await Promise.all(some.map((name) => firstOf(name, ports)));
    // What is short goes out together: a page is looked up in one go.
    let gathered: Place[] = [];
    for (const [place, name] of some.entries()) {
      const entries = firsts[place] ?? [];
      gathered.push(...entries.map((entry) => ({ ...entry, destination: name })));
      const last = entries.at(-1);
      if (last === undefined || entries.length < FIRST_ENTRIES) continue;
      yield gathered;
      gathered = [];
      yield* pagesOf(name, last, ports);
    }
    if (gathered.length > 0) yield gathered;
  }
}

async function firstOf(destination: string, { redis, base }: WalkPorts): Promise<readonly Entry[]> {
  const pairs = await redis.zrange(`${base}d:${destination}`, '0', String(FIRST_ENTRIES - 1), 'WITHSCORES');
  return Array.from({ length: pairs.length / 2 }, (_, place) => ({
    queueId: pairs[2 * place] ?? '',
    score: pairs[2 * place + 1] ?? '',
  }));
}

async function* pagesOf(
  destination: string,
  begin: Entry,
  { store }: WalkPorts,
): AsyncGenerator<readonly Place[]> {
  let after = begin;
  for (;;) {
    const entries = await store.page({ destination, after, count: PAGE });
    if (entries.length > 0) yield entries.map((entry) => ({ ...entry, destination }));
    after = entries.at(-1) ?? after;
    if (entries.length < PAGE) return;
  }
}

/** Number of entries of these destinations. */
export async function countEntries(
  destinations: readonly string[],
  { redis, base }: WalkPorts,
): Promise<number> {
  let count = 0;
  for (let start = 0; start < destinations.length; start += PAGE) {
    const some = destinations.slice(start, start + PAGE);
    const sizes = await Promise.all(some.map((name) => redis.zcard(`${base}d:${name}`)));
    for (const size of sizes) count += size;
  }
  return count;
}
