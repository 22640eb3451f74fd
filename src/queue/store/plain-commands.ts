import type { Redis } from 'ioredis';
import type { Suspension } from '../../core/site/concurrency.ts';
import { asked } from '../redis/queue-error.ts';
import { readHash, readSet } from '../redis/read-in-parts.ts';
import { readContent } from './stored-content.ts';

/** Calls without a script. */
export interface PlainCommands {
  /** The connection was closed for good. */
  isClosed(): boolean;
  /** Destinations for which mail waits: all that did so before and after. Read in parts, as there may be very many. */
  destinations(): Promise<readonly string[]>;
  /** Text of a record (record.ts); undefined if the message is gone. */
  record(queueId: string): Promise<string | undefined>;
  /** Texts of the progress of a message at these destinations, empty before the first attempt. */
  progress(queueId: string, destinations: readonly string[]): Promise<readonly string[]>;
  /** Whether a message waits at a destination, held and claimed included. */
  waits(queueId: string, destination: string): Promise<boolean>;
  /** Content in pieces, with only a few of them in memory here. Rejects with any Error if it is not there. */
  content(queueId: string): AsyncIterable<Buffer>;
  /** Content that is being written ahead, with its score in the list. */
  incoming(): Promise<readonly { readonly queueId: string; readonly score: string }[]>;
  /** Lists content as being written ahead. */
  listIncoming(queueId: string, score: number): Promise<void>;
  /** Forgets IDs that were fenced no later than `until` (epoch ms). */
  forgetFenced(until: number): Promise<void>;
  /** Forgets sources that are accepted only once and will not be tried again, because nothing is left of them. */
  forgetTaken(names: readonly string[]): Promise<void>;
  /** Stored suspensions, over or not; undefined for an unreadable one, whose destination is then tried. */
  suspensions(): Promise<ReadonlyMap<string, Suspension | undefined>>;
  suspension(destination: string): Promise<Suspension | undefined>;
  /** Why mail that is due is not tried, by destination. */
  postponed(): Promise<ReadonlyMap<string, string>>;
  /** Ends the suspension of these destinations. */
  unsuspend(destinations: readonly string[]): Promise<void>;
  /** Texts of the exceptions (core/tls-policy/exception.ts), by name. */
  exceptions(): Promise<ReadonlyMap<string, string>>;
  /** Takes what operators did to exceptions, as they are noted. */
  takeExceptionNotes(): Promise<readonly string[]>;
  /** Evidence of failed attempts (kept.ts), empty where there is none. @param fields `ID DESTINATION` */
  failures(fields: readonly string[]): Promise<readonly string[]>;
  /** When the last receipt of a message was stored (epoch ms), and receipts by the index of their recipient. */
  receipts(queueId: string): Promise<{ readonly at: number; readonly texts: ReadonlyMap<string, string> }>;
  /** Whether mail waits for a destination to work again. */
  isAwaited(destination: string): Promise<boolean>;
  /** Destinations whose TLSA records are watched, and when the DNS is asked next (epoch ms). There are not many. */
  watches(): Promise<ReadonlyMap<string, number>>;
  /** What is stored of a watch (core/rollover/watched-records.ts). */
  watch(destination: string): Promise<string | undefined>;
  endWatch(destination: string): Promise<void>;
  /** Notes that this message no longer waits for the destination. */
  stopWaiting(destination: string, queueId: string): Promise<void>;
}

const NOTES_AT_ONCE = 1_000;

export function plainCommands(redis: Redis, base: string): PlainCommands {
  return {
    isClosed: () => redis.status === 'end',
    destinations: () => asked(readSet(redis, `${base}dests`)),
    record: async (queueId) => (await asked(redis.hget(`${base}m:${queueId}`, 'record'))) ?? undefined,
    async progress(queueId, destinations) {
      const fields = destinations.map((destination) => `s:${destination}`);
      const stored = await asked(redis.hmget(`${base}m:${queueId}`, ...fields));
      return destinations.map((_, place) => stored[place] ?? '');
    },
    async waits(queueId, destination) {
      return ((await asked(redis.zscore(`${base}d:${destination}`, queueId))) ?? null) !== null;
    },
    async failures(fields) {
      const stored = await asked(redis.hmget(`${base}failed`, ...fields));
      return fields.map((_, place) => stored[place] ?? '');
    },
    async receipts(queueId) {
      const at = await asked(redis.zscore(`${base}receipts`, queueId));
      return { at: Number(at ?? 0), texts: await asked(wholeHash(redis, `${base}receipt:${queueId}`)) };
    },
    content: (queueId) => readContent(redis, base, queueId),
    async incoming() {
      const listed = await asked(redis.zrange(`${base}incoming`, '0', '-1', 'WITHSCORES'));
      const ids = listed.filter((_, place) => place % 2 === 0);
      return ids.map((queueId, index) => ({ queueId, score: listed[2 * index + 1] ?? '' }));
    },
    async listIncoming(queueId, score) {
      await asked(redis.zadd(`${base}incoming`, score, queueId));
    },
    async forgetTaken(names) {
      if (names.length > 0) await asked(redis.zrem(`${base}taken`, ...names));
    },
    async forgetFenced(until) {
      await asked(redis.zremrangebyscore(`${base}fenced`, '-inf', until));
    },
    async suspensions() {
      const stored = await asked(wholeHash(redis, `${base}suspended`));
      return new Map([...stored].map(([destination, text]) => [destination, decodeSuspension(text)]));
    },
    postponed: () => asked(wholeHash(redis, `${base}postponed`)),
    async suspension(destination) {
      return decodeSuspension((await asked(redis.hget(`${base}suspended`, destination))) ?? '');
    },
    async unsuspend(destinations) {
      if (destinations.length > 0) await asked(redis.hdel(`${base}suspended`, ...destinations));
    },
    async exceptions() {
      return new Map(Object.entries(await asked(redis.hgetall(`${base}exceptions`))));
    },
    async takeExceptionNotes() {
      return (await asked(redis.lpop(`${base}exception-notes`, NOTES_AT_ONCE))) ?? [];
    },
    async isAwaited(destination) {
      return (await asked(redis.exists(`${base}w:${destination}`))) === 1;
    },
    async watches() {
      const listed = await asked(redis.zrange(`${base}watched-at`, '0', '-1', 'WITHSCORES'));
      const destinations = listed.filter((_, place) => place % 2 === 0);
      return new Map(destinations.map((destination, index) => [destination, Number(listed[2 * index + 1])]));
    },
    async watch(destination) {
      return (await asked(redis.hget(`${base}watched`, destination))) ?? undefined;
    },
    async endWatch(destination) {
      // A place in the set without a text is cleared when it is due (take-watches.ts); the other way nobody would find it.
      const gone = [
        redis.hdel(`${base}watched`, destination),
        redis.zrem(`${base}watched-at`, destination),
      ] as const;
      await asked(Promise.all(gone));
    },
    async stopWaiting(destination, queueId) {
      await asked(redis.zrem(`${base}w:${destination}`, queueId));
    },
  };
}

async function wholeHash(redis: Redis, key: string): Promise<ReadonlyMap<string, string>> {
  const found = new Map<string, string>();
  for await (const part of readHash(redis, key)) for (const [field, value] of part) found.set(field, value);
  return found;
}

function decodeSuspension(text: string): Suspension | undefined {
  if (text === '') return undefined;
  try {
    return JSON.parse(text) as Suspension;
  } catch {
    return undefined;
  }
}
