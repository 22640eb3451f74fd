import { randomBytes } from 'node:crypto';
import { buffer } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import type { LogEvent } from '../../../src/core/log/log-event.ts';
import { openStore } from '../../../src/queue/open-store.ts';
import { connectRedis } from '../../../src/queue/redis/redis.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor, runOf } from './queue-kit.ts';

const keep = belongings();
const MiB = 1024 ** 2;

async function queueOn(redis: PrivateRedis, soleUser = false, now: () => number = Date.now) {
  const lines: string[] = [];
  const log = ({ text }: LogEvent): void => void lines.push(text);
  return { queue: await queueFor(keep, redis.socketPath, { soleUser, now, log }), lines };
}

/** Content that comes piece by piece, and stays away from `hold` on until it is let go on, or fails. */
function slowly(pieces: number, hold: number) {
  let goOn = (): void => {};
  let fail: (error: Error) => void = () => {};
  const held = new Promise<void>((resolve, reject) => {
    goOn = resolve;
    fail = reject;
  });
  held.catch(() => {});
  async function* content(): AsyncGenerator<Buffer> {
    for (let piece = 0; piece < pieces; piece += 1) {
      if (piece === hold) await held;
      yield randomBytes(64 * 1024);
    }
  }
  return { content: content(), goOn, fail };
}

function large(pieces: number, hold: number) {
  const { content, ...hands } = slowly(pieces, hold);
  return { ...hands, message: { ...incoming(['a@x.test'], [Buffer.alloc(pieces * 64 * 1024)]), content } };
}

const keysOf = async (redis: PrivateRedis, pattern: string): Promise<number> =>
  Number(/^\*(\d+)/.exec(await redis.command(`KEYS ${pattern}`))?.[1]);

const listedIn = async (redis: PrivateRedis): Promise<number> =>
  Number((await redis.command('ZCARD {test}:incoming')).slice(1));

describe('content of messages that never become complete', () => {
  it('is freed at once when Redis has no room for it, and mail is taken again', async () => {
    const redis = keep(await startPrivateRedis({ maxmemory: String(16 * MiB) }));
    const { queue } = await queueOn(redis);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 15 }, () => queue.accept(large(64, -1).message)),
    );
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused.length).toBeGreaterThan(8);
    const stored = 15 - refused.length;
    await until(
      async () => (await keysOf(redis, '{test}:b:*')) === stored,
      'the contents of the refused to go',
    );
    expect(await listedIn(redis)).toBe(0);
    await queue.serve(
      runOf(async (claim, lease) => void (await lease.settle(claim, {}))),
      10,
    );
    await until(() => queue.refusal() === undefined, 'mail to be taken again');
    await queue.accept(incoming(['a@x.test']));
  });

  it('is freed when its client gives up while Redis has no room', async () => {
    const redis = keep(await startPrivateRedis());
    const { queue } = await queueOn(redis);
    const { message, fail } = large(20, 10);
    const outcome = queue.accept(message).catch((error: Error) => error.message);
    await until(async () => (await queue.unfinished()).bytes > 8 * 64 * 1024, 'all pieces but the last');
    await redis.command('CONFIG SET maxmemory 1mb');
    fail(new Error('lost connection'));
    expect(await outcome).toBe('lost connection');
    await until(async () => (await keysOf(redis, '{test}:b:*')) === 0, 'the pieces to go');
    expect(await listedIn(redis)).toBe(0);
  });

  it('is freed by an import that Redis has no room for', async () => {
    const redis = keep(await startPrivateRedis());
    const store = await openStore(redis.socketPath, { prefix: 'test', allowUnsafe: false });
    const pieces = 40;
    async function* dump(): AsyncGenerator<Buffer> {
      const line = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
      yield line({ format: 'dane-relay queue', version: 1, dump: 'd' });
      for (let number = 1; ; number += 1) {
        const size = String(pieces * 48 * 1024);
        yield line({ message: `4import${number}`, fields: { record: '{}', size }, due: { 'x.test': 1 } });
        for (let piece = 0; piece < pieces; piece += 1) {
          yield line(randomBytes(48 * 1024).toString('base64'));
          if (number === 2 && piece === 20) await redis.command('CONFIG SET maxmemory 1mb');
        }
      }
    }
    await expect(store.import(dump())).rejects.toMatchObject({ code: 'QUEUE_FULL' });
    store.close();
    expect(await keysOf(redis, '{test}:b:import-*')).toBe(0);
    expect(await keysOf(redis, '{test}:b:4import1')).toBe(1);
  });

  it('is counted', async () => {
    const redis = keep(await startPrivateRedis());
    const { queue } = await queueOn(redis);
    const { message, goOn } = large(20, 10);
    const accepted = queue.accept(message);
    await until(async () => (await queue.unfinished()).bytes > 8 * 64 * 1024, 'the pieces to be counted');
    const { messages, bytes } = await queue.unfinished();
    expect(messages).toBe(1);
    expect(bytes).toBeLessThan(12 * 64 * 1024);
    await until(() => queue.fill()?.unfinished?.messages === 1, 'the watch to know');
    goOn();
    await accepted;
    expect(await queue.unfinished()).toEqual({ messages: 0, bytes: 0 });
  });

  it('of a process that was killed is found by another, and what is being written is not taken for it', async () => {
    const redis = keep(await startPrivateRedis());
    let ahead = 0;
    const now = (): number => Date.now() + ahead;
    const writer = await queueOn(redis, false, now);
    const { message, goOn } = large(20, 10);
    const accepted = writer.queue.accept(message);
    await until(async () => (await keysOf(redis, '{test}:b:*')) === 1, 'pieces');
    // Of a process that is no more, and of a relay of before, which does not renew what it writes.
    await redis.command(`RPUSH {test}:b:4dead piece`);
    await redis.command(`ZADD {test}:incoming ${Math.floor(Date.now())}.5 4dead`);
    await redis.command(`RPUSH {test}:b:4old piece`);
    await redis.command(`ZADD {test}:incoming ${Math.floor(Date.now())} 4old`);
    ahead = 90_000;
    const score = async (): Promise<number> =>
      Number((await redis.command(`ZSCORE {test}:incoming ${message.queueId}`)).split('\r\n')[1]);
    await until(async () => (await score()) > Date.now() + 60_000, 'the writer to renew it');
    const sweeper = await queueOn(redis, false, now);
    await sweeper.queue.serve(async () => undefined, 10);
    await until(async () => (await keysOf(redis, '{test}:b:4dead')) === 0, 'what nobody writes to go');
    // Redis has it before the log says so.
    await until(() => sweeper.lines.includes('4dead: unfinished content removed'), 'the log to say so');
    expect(await keysOf(redis, '{test}:b:4old')).toBe(1);
    goOn();
    await accepted;
  });
});

describe('content that travels with its envelope', () => {
  const piece = Buffer.alloc(64 * 1024, 'x');

  it('is put in place although somebody looks for what belongs to nobody in between', async () => {
    const redis = keep(await startPrivateRedis());
    const { queue } = await queueOn(redis);
    const client = connectRedis(redis.socketPath, { patience: 'patient' });
    keep({ [Symbol.asyncDispose]: async () => client.disconnect() });
    const store = openQueueStore(client, '{test}:');
    const { queueId, finish } = incoming(['a@x.test'], [piece]);
    await client.rpush(`{test}:b:${queueId}`, piece);
    expect(await store.mend({ queueId, now: Date.now() })).toMatchObject({ done: 'nothing' });
    const now = Date.now();
    const given = {
      now,
      lastMoment: now + 60_000,
      body: Buffer.alloc(0),
      pieces: 1,
      takenOnce: '',
      reports: [],
    };
    await store.accept({ queueId, ...finish(), ...given });
    expect(await store.mend({ queueId, now: Date.now() })).toMatchObject({ done: 'nothing' });
    expect(await listedIn(redis)).toBe(0);
    expect(await buffer(queue.content(queueId))).toEqual(piece);
  });

  it('and is refused without an answer is listed, so that what may still come is removed', async () => {
    const redis = keep(await startPrivateRedis());
    const client = connectRedis(redis.socketPath, { patience: 'patient' });
    keep({ [Symbol.asyncDispose]: async () => client.disconnect() });
    const store = openQueueStore(client, '{test}:');
    const before = Date.now();
    await store.discard({ queueId: '4late', mayCome: true });
    const after = Date.now();
    await client.rpush('{test}:b:4late', piece);
    const [listed] = await store.incoming();
    expect(listed).toMatchObject({ queueId: '4late' });
    // The clock of Redis, in whole seconds, and the fraction of what is renewed.
    expect(Number(listed?.score)).toBeGreaterThan(before - 1000);
    expect(Number(listed?.score)).toBeLessThan(after + 1);
    expect(Number.isInteger(Number(listed?.score))).toBe(false);
    expect(await store.discard({ queueId: '4late', score: listed?.score ?? '', mayCome: false })).toBe(true);
    expect(await listedIn(redis)).toBe(0);
  });
});

describe('a relay that starts while Redis has no room', () => {
  it('forgets what its predecessor left unfinished, and delivers', async () => {
    const redis = keep(await startPrivateRedis());
    const before = await queueOn(redis);
    await before.queue.accept(incoming(['a@x.test']));
    await redis.command(`RPUSH {test}:b:4dead piece`);
    await redis.command(`ZADD {test}:incoming ${Date.now()} 4dead`);
    await redis.command('CONFIG SET maxmemory 1mb');
    const { queue } = await queueOn(redis, true);
    expect(await keysOf(redis, '{test}:b:*')).toBe(0);
    let settled = 0;
    await queue.serve(
      runOf(async (claim, lease) => {
        await lease.settle(claim, {});
        settled += 1;
      }),
      10,
    );
    await until(() => settled === 1, 'delivery');
  });
});
