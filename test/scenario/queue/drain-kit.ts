import { createHash } from 'node:crypto';
import { Redis } from 'ioredis';
import type { Message } from '../../../src/core/mail/message.ts';
import { HELD } from '../../../src/queue/forms/keys.ts';
import { encodeProgress } from '../../../src/queue/forms/record.ts';
import type { DrainOptions, Queue } from '../../../src/queue/open-queue.ts';
import { storeOptions } from '../../support/store-options.ts';
import { incoming } from './queue-kit.ts';

/** A queue as it is stored: what a drain must bring over unchanged. */
export type Stored = ReadonlyMap<string, StoredMessage>;

export interface StoredMessage {
  readonly fields: Readonly<Record<string, string>>;
  readonly scores: Readonly<Record<string, string>>;
  /** SHA-256 of its content. */
  readonly content: string;
}

export const prefix = 'test';
const base = `{${prefix}}:`;
const busy = { dsn: '4.4.1', reason: 'busy' };

export function look(socketPath: string): Redis {
  const redis = new Redis({ path: socketPath, lazyConnect: true });
  redis.on('error', () => {});
  return redis;
}

/** Everything that waits there, whole; or all that is away, as it waited. */
export async function storedAt(redis: Redis, where: 'queue' | 'away' = 'queue'): Promise<Stored> {
  if (where === 'away') return storedAway(redis);
  const found = new Map<string, StoredMessage>();
  const destinations = (await redis.keys(`${base}d:*`)).map((key) => key.slice(`${base}d:`.length));
  for (const key of await redis.keys(`${base}m:*`)) {
    const queueId = key.slice(`${base}m:`.length);
    const { body, ...fields } = await redis.hgetall(key);
    const pieces = await redis.lrangeBuffer(`${base}b:${queueId}`, 0, -1);
    const scores: Record<string, string> = {};
    for (const destination of destinations) {
      const score = await redis.zscore(`${base}d:${destination}`, queueId);
      if (score !== null && score !== undefined) scores[destination] = score;
    }
    found.set(queueId, { fields, scores, content: digest(pieces, body) });
  }
  return found;
}

async function storedAway(redis: Redis): Promise<Stored> {
  const found = new Map<string, StoredMessage>();
  for (const key of await redis.keys(`${base}away:*`)) {
    const queueId = key.slice(`${base}away:`.length);
    const { body, departure: _, target: __, ...rest } = await redis.hgetall(key);
    const fields: Record<string, string> = {};
    const scores: Record<string, string> = {};
    for (const [name, value] of Object.entries(rest))
      if (name.startsWith('at:')) scores[name.slice(3)] = value;
      else fields[name] = value;
    const pieces = await redis.lrangeBuffer(`${base}away-content:${queueId}`, 0, -1);
    found.set(queueId, { fields, scores, content: digest(pieces, body) });
  }
  return found;
}

function digest(pieces: readonly Buffer[], body: string | undefined): string {
  const content = pieces.length > 0 ? Buffer.concat([...pieces]) : Buffer.from(body ?? '', 'latin1');
  return createHash('sha256').update(content).digest('hex');
}

/** Keys of ours that are left of messages, at either end of a drain. */
export async function leftOver(redis: Redis): Promise<readonly string[]> {
  const keys = await redis.keys(`${base}*`);
  const kept =
    /:(?:node|form|drains|seq|dests|awake|notes|notes-lost|past|past-facts|alarms:.*|m:.*|b:.*|d:.*)$/;
  return keys.filter((key) => !kept.test(key)).toSorted();
}

/** Messages in every state in which one may wait, none of them due. */
export async function fill(queue: Queue, redis: Redis): Promise<readonly string[]> {
  const ids: string[] = [];
  const far = Date.now() + 3_600_000;
  async function add(
    addresses: readonly string[],
    change: (key: string, queueId: string) => Promise<unknown>,
    content?: Buffer[],
    traits: Partial<Message> = {},
  ): Promise<void> {
    const message = incoming(addresses, content);
    const { queueId, finish } = message;
    ids.push(queueId);
    await queue.accept({
      ...message,
      finish: () => {
        const made = finish();
        return { ...made, message: { ...made.message, ...traits } };
      },
    });
    for (const address of addresses)
      await redis.zadd(`${base}d:${address.split('@')[1] ?? ''}`, far, queueId);
    await change(`${base}m:${queueId}`, queueId);
  }
  const progress = { left: [0], attempts: 3, nextAt: far, last: busy, warned: true };
  const nothing = async (): Promise<void> => {};
  await add(['fresh@x.test'], nothing);
  await add(['deferred@x.test', 'other@y.test'], (key) =>
    redis.hset(key, 's:x.test', encodeProgress({ ...progress, relayed: [] }), 'warned', String(far)),
  );
  await add(
    ['large@y.test'],
    nothing,
    Array.from({ length: 10 }, (_, nth) => Buffer.alloc(64 * 1024, nth)),
  );
  await add(['doubt@x.test'], async (key, queueId) => {
    const held = { left: [], attempts: 1, nextAt: HELD, held: { left: [0], last: busy } };
    await redis.hset(key, 's:x.test', encodeProgress(held));
    await redis.zadd(`${base}d:x.test`, HELD, queueId);
  });
  await add(['dotted@z.test'], (key) => redis.hset(key, 'dot:z.test', '*'));
  await add(['expired@x.test'], (key) => redis.hset(key, 'expire', String(far)));
  const dsn = { address: 'dsn@y.test', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;d@y.test' } as const;
  const envelope = {
    sender: '',
    recipients: [dsn],
    body: '8BITMIME',
    smtpUtf8: true,
    ret: 'HDRS',
    envid: 'e+1',
  } as const;
  await add(['dsn@y.test'], nothing, undefined, { envelope });
  await add(['hold@x.test'], (_, queueId) => queue.act('hold', queueId));
  return ids;
}

/** What a drain is told where nothing else matters. */
export function drainTo(address: string, more: Partial<DrainOptions> = {}): DrainOptions {
  return {
    to: { address, prefix, allowUnsafe: false, marks: storeOptions.marks },
    names: { from: 'here', to: 'there' },
    meant: { kind: 'all' },
    limit: Infinity,
    waitMs: 0,
    stopIntake: false,
    exceptions: 'refuse',
    patienceMs: 10_000,
    stopping: new AbortController().signal,
    progress: () => {},
    stayed: () => {},
    ...more,
  };
}
