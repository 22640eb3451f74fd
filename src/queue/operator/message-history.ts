import type { Redis } from 'ioredis';
import type { KnownKey, MessageHistory, RecipientHistory, RecordedOutcome } from '../../core/mail/history.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { decodeProgress, decodeRecord, destinationsOf } from '../forms/record.ts';

interface Ports {
  /** Impatient. */
  readonly redis: Redis;
  readonly base: string;
}

/** What was accepted for a key; undefined if nothing was, or nobody knows any more. */
export async function knownKey(key: string, { redis, base }: Ports): Promise<KnownKey | undefined> {
  const queueId = await redis.get(`${base}key:${key}`);
  if (queueId === null || queueId === undefined) return undefined;
  const [fingerprint, answer] = await redis.hmget(`${base}http:${queueId}`, 'fingerprint', 'answer');
  if (fingerprint == null || answer == null) return undefined;
  return { queueId, fingerprint, answer };
}

/** What is known of a message; undefined if nothing is. */
export async function messageHistory(
  queueId: string,
  { redis, base }: Ports,
): Promise<MessageHistory | undefined> {
  const remembered = await redis.hgetall(`${base}http:${queueId}`);
  const { submitter, answer = '', at, to = '[]' } = remembered;
  if (submitter === undefined) return undefined;
  const waiting = await waitingOf(queueId, { redis, base });
  const addresses = JSON.parse(to) as readonly string[];
  const recipients = addresses.map((address, index): RecipientHistory => {
    const wait = waiting.get(index);
    const text = remembered[`r:${index}`];
    return {
      address,
      ...(wait !== undefined && { waiting: wait }),
      ...(text !== undefined && { last: JSON.parse(text) as RecordedOutcome }),
    };
  });
  return { submitter, answer, acceptedAt: Number(at), recipients };
}

type Waiting = NonNullable<RecipientHistory['waiting']>;

/** How the recipients (by index) wait who still do. */
async function waitingOf(queueId: string, { redis, base }: Ports): Promise<ReadonlyMap<number, Waiting>> {
  const waiting = new Map<number, Waiting>();
  const key = `${base}m:${queueId}`;
  const record = await redis.hget(key, 'record');
  if (record === null || record === undefined) return waiting;
  const { routing } = decodeRecord(record);
  for (const destination of destinationsOf(routing, await redis.hkeys(key))) {
    const [text, score] = await Promise.all([
      redis.hget(key, `s:${destination}`),
      redis.zscore(`${base}d:${destination}`, queueId),
    ]);
    if (score === null || score === undefined) continue;
    const due = Number(score);
    const progress = text == null ? undefined : decodeProgress(text);
    const { attempts = 0, last, held } = progress ?? {};
    const why = last === undefined ? {} : { dsn: last.dsn, reason: last.reason };
    // Nothing is in doubt of those who wait, but the operator has placed the message on hold.
    const isOnHold = due >= HELD && due < CLAIMED;
    const idle = isOnHold ? 'held' : attempts === 0 ? 'queued' : 'deferred';
    const state = due >= CLAIMED ? 'active' : idle;
    for (const index of progress?.left ?? routing.get(destination) ?? [])
      waiting.set(index, { state, attempts, ...(due < HELD && { nextAt: Math.ceil(due) }), ...why });
    for (const index of held?.left ?? [])
      waiting.set(index, {
        state: 'held',
        attempts,
        dsn: held?.last.dsn ?? '',
        reason: held?.last.reason ?? '',
      });
  }
  return waiting;
}
