import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { readContent } from '../store/stored-content.ts';
import { decodeRecord, destinationsOf } from '../forms/record.ts';
import type { DumpedMessage, DumpLine } from './dump.ts';

const PAGE = 500;
/** Content goes into lines of that many octets, a multiple of three. */
const LINE_BYTES = 48 * 1024;

/**
 * The whole queue, a message at a time. Mail with an attempt under way is due at once, as after a crash. A message that
 * cannot be read is left out, and `warn` is called.
 */
export async function* exportQueue(
  redis: Redis,
  base: string,
  now: number,
  warn: (text: string) => void,
): AsyncGenerator<DumpLine> {
  yield { kind: 'start', dump: randomUUID() };
  let messages = 0;
  for await (const queueId of queueIds(redis, base)) {
    let message: DumpedMessage | undefined;
    try {
      message = await readMessage(redis, base, queueId, now);
    } catch (error) {
      warn(`${queueId}: not exported: ${error instanceof Error ? error.message : String(error)}`);
    }
    if (message === undefined) continue;
    yield { kind: 'message', message };
    if (yield* contentOf(redis, base, message)) messages += 1;
    else yield { kind: 'gone', queueId };
  }
  yield { kind: 'end', messages };
}

/** Every ID at least once; SCAN may return one twice. */
export async function* queueIds(redis: Redis, base: string): AsyncGenerator<string> {
  const first = `${base}m:`;
  let cursor = '0';
  do {
    const [next, keys] = await redis.scan(cursor, 'MATCH', `${first}*`, 'COUNT', PAGE);
    for (const key of keys) yield key.slice(first.length);
    cursor = next;
  } while (cursor !== '0');
}

/** Undefined if it is finished by now. Throws if only a newer relay knows the version of its record. */
async function readMessage(
  redis: Redis,
  base: string,
  queueId: string,
  now: number,
): Promise<DumpedMessage | undefined> {
  const key = `${base}m:${queueId}`;
  const names = (await redis.hkeys(key)).filter((name) => name !== 'body' && name !== 'left');
  const values = names.length === 0 ? [] : await redis.hmget(key, ...names);
  const fields = Object.fromEntries(
    names.flatMap((name, index) => (values[index] == null ? [] : [[name, values[index]]])),
  );
  if (fields['record'] === undefined) return undefined;
  const destinations = destinationsOf(decodeRecord(fields['record']).routing, names);
  // A destination may have any name, and this object has none but those: RCPT TO:<a@__proto__>.
  const due = Object.create(null) as Record<string, number | 'held'>;
  for (const destination of destinations) {
    const score = await redis.zscore(`${base}d:${destination}`, queueId);
    if (score !== null) due[destination] = dueOf(Number(score), now);
  }
  return Object.keys(due).length === 0 ? undefined : { queueId, fields, due };
}

function dueOf(score: number, now: number): number | 'held' {
  if (score >= CLAIMED) return now;
  return score >= HELD ? 'held' : score;
}

/** True if all of it was there. */
async function* contentOf(
  redis: Redis,
  base: string,
  { queueId, fields }: DumpedMessage,
): AsyncGenerator<DumpLine, boolean> {
  let bytes = 0;
  try {
    for await (const piece of readContent(redis, base, queueId)) {
      for (let at = 0; at < piece.length; at += LINE_BYTES) {
        yield { kind: 'content', bytes: piece.subarray(at, at + LINE_BYTES) };
      }
      bytes += piece.length;
    }
  } catch (error) {
    // It was delivered in the meantime. Otherwise Redis reports the error again with the next message.
    if ((await redis.exists(`${base}m:${queueId}`)) === 1) throw error;
  }
  return bytes === Number(fields['size']);
}
