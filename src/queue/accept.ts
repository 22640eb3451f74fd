import type { Redis } from 'ioredis';
import type { Message } from '../core/mail/message.ts';
import type { Alarms } from './alarms.ts';
import { ringsOf } from './alarms.ts';
import { asQueueError } from './queue-error.ts';
import { encodeRecord, type Routing } from './record.ts';
import { runScript } from './redis.ts';

/** Content is kept in pieces of this size: small enough not to hold up other clients of Redis for long. */
export const CHUNK_BYTES = 256 * 1024;

/** What the queue needs to take a message over. */
export interface Incoming {
  readonly queueId: string;
  /** The content as it is to be stored. A rejection means that the message is not wanted after all. */
  readonly content: AsyncIterable<Buffer>;
  /** Asked for once the content was read to its end. */
  readonly finish: () => { readonly message: Message; readonly routing: Routing };
}

export interface AcceptPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly alarms: Alarms;
  readonly now: () => number;
}

/**
 * Takes a message over: when this resolves, content and envelope are on stable storage. Up to one chunk everything goes
 * in one command; larger content is written ahead, and counts for nothing until the last command puts it in place.
 * Throws QueueError, or what the content iterable threw; then nothing is kept.
 */
export async function accept(incoming: Incoming, ports: AcceptPorts): Promise<Message> {
  const { redis, base, alarms, now } = ports;
  const { queueId } = incoming;
  let pending: Buffer[] = [];
  let pendingBytes = 0;
  let ahead = false;

  async function writeAhead(): Promise<void> {
    const chunk = Buffer.concat(pending, pendingBytes);
    pending = [];
    pendingBytes = 0;
    try {
      if (!ahead) await redis.zadd(`${base}incoming`, now(), queueId);
      ahead = true;
      await redis.rpush(`${base}b:${queueId}`, chunk);
    } catch (error) {
      throw asQueueError(error);
    }
  }

  try {
    for await (const piece of incoming.content) {
      pending.push(piece);
      pendingBytes += piece.length;
      if (pendingBytes >= CHUNK_BYTES) await writeAhead();
    }
    const { message, routing } = incoming.finish();
    const last = pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending, pendingBytes);
    const record = encodeRecord({ message, routing });
    const rings = await runScript(redis, 'accept', [base, queueId, now(), record, last, ...routing.keys()]);
    // Not waited for: the message is safe, and the sweeper rings for it should this be lost.
    void alarms.ring(ringsOf(rings));
    return message;
  } catch (error) {
    if (ahead) await discard(redis, base, queueId);
    throw error;
  }
}

/** Best effort: what stays behind is found by the sweeper. */
async function discard(redis: Redis, base: string, queueId: string): Promise<void> {
  await redis
    .multi()
    .unlink(`${base}b:${queueId}`)
    .zrem(`${base}incoming`, queueId)
    .exec()
    .catch(() => null);
}
