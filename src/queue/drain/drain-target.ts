import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import type { Confirmable } from '../../core/confirmable.ts';
import { openAlarms, type Alarms } from '../alarms/alarms.ts';
import { keyBase } from '../forms/keys.ts';
import { FORM_VERSION, USUAL_FORM_VERSION } from '../forms/record.ts';
import { QueueError } from '../redis/queue-error.ts';
import { assertSafe, connectRedis, openConnection, targetOf, type RedisAddress } from '../redis/redis.ts';
import { replicaCounter } from '../redis/replicas.ts';
import { watchAnswers } from './answering.ts';
import { openQueueStore, type QueueStore } from '../store/queue-store.ts';
import { factsOf, judgeStore, type Watermarks } from '../watch/store-state.ts';

/** The queue that messages are moved to. */
export interface DrainTarget {
  readonly redis: Redis;
  readonly base: string;
  readonly store: QueueStore;
  readonly alarms: Alarms;
  /** Its id. */
  readonly node: string;
  /** The newest version of stored messages that its relays can read. */
  readonly form: number;
  /** Throws QueueError, QUEUE_UNSAFE or QUEUE_FULL, if it should not be given any more. Resolves to octets that it has room for. */
  assertGood(): Promise<number>;
  /**
   * Resolves when everything that was written so far is as safe as it can be made there. False if the connection was lost
   * since it was called: what was written may have been written at another master, and is to be brought again. Throws
   * QueueError.
   */
  settled(): Promise<boolean>;
  close(): Promise<void>;
}

export interface TargetOptions {
  readonly address: RedisAddress;
  readonly prefix: string;
  readonly allowUnsafe: boolean;
  /** What the operator vouches for, where Redis does not tell it. */
  readonly confirmed?: readonly Confirmable[];
  readonly marks: Watermarks;
  /** Replicas that must have a message; absent: one, where there are any. */
  readonly replicas?: number | undefined;
}

/** How long replicas have to say that they have what was written. */
const REPLICAS_MS = 10_000;

/** The id of a queue, which it gets when it is first asked for. */
export async function nodeOf(redis: Redis, base: string): Promise<string> {
  const key = `${base}node`;
  await redis.set(key, randomUUID(), 'NX');
  return (await redis.get(key)) ?? '';
}

/**
 * Throws QueueError if it cannot be reached, if it falls silent for `patienceMs`, or if messages should not be moved to it.
 */
export async function openDrainTarget(options: TargetOptions, patienceMs: number): Promise<DrainTarget> {
  const place = targetOf(options.address);
  const redis = connectRedis(place, { patience: 'patient' });
  try {
    await openConnection(redis);
    const answering = watchAnswers([redis], patienceMs);
    try {
      return await answering.until(targetAt(redis, place, options));
    } finally {
      answering.stop();
    }
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

async function targetAt(
  redis: Redis,
  place: ReturnType<typeof targetOf>,
  options: TargetOptions,
): Promise<DrainTarget> {
  const { prefix, allowUnsafe, marks } = options;
  const base = keyBase(prefix);
  const store = openQueueStore(redis, base);
  const replicas = await replicasWanted(redis, options.replicas);
  const form = Number((await redis.get(`${base}form`)) ?? FORM_VERSION);
  if (form < USUAL_FORM_VERSION)
    throw unfit(
      `its relays read stored messages up to version ${form}, and these have ${USUAL_FORM_VERSION}`,
    );
  const node = await nodeOf(redis, base);
  async function assertGood(): Promise<number> {
    if (!allowUnsafe) await assertSafe(redis, options.confirmed);
    const facts = factsOf(await redis.info());
    const state = judgeStore(facts, marks, false);
    if (state.kind !== 'well') throw state.error;
    if (facts.limitBytes === 0) return Infinity;
    return (facts.limitBytes * marks.memoryHighWatermarkPercent) / 100 - facts.usedBytes;
  }
  await assertGood();
  const alarms = openAlarms(place, prefix, redis, () => {});
  return {
    redis,
    base,
    store,
    alarms,
    node,
    form,
    assertGood,
    settled: replicas === 0 ? async () => true : openSettling(redis, replicas),
    async close() {
      await alarms.close().catch(() => {});
      redis.disconnect();
    },
  };
}

async function replicasWanted(redis: Redis, wanted: number | undefined): Promise<number> {
  const there = Number(/^connected_slaves:(\d+)/m.exec(await redis.info('replication'))?.[1] ?? 0);
  if (wanted === undefined) return Math.min(1, there);
  if (there < wanted) throw unfit(`it has ${there} replicas, and ${wanted} are wanted (--replicas)`);
  return wanted;
}

/** The answer of Redis is about what was written over the connection over which it is asked, and never about another. */
function openSettling(redis: Redis, replicas: number): DrainTarget['settled'] {
  const count = replicaCounter(redis);
  let connection = 0;
  redis.on('close', () => (connection += 1));
  const ask = together(async () => {
    const asked = connection;
    const have = await count(replicas, REPLICAS_MS);
    if (have >= replicas || asked !== connection) return;
    throw new QueueError(
      'QUEUE_UNAVAILABLE',
      `of the replicas of the target, ${have} have what was moved, and ${replicas} are wanted`,
    );
  });
  return async () => {
    const before = connection;
    await ask();
    return before === connection;
  };
}

/** Who asks while an answer is awaited waits for the next one, which is the same for all of them. */
function together(ask: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  return () => {
    const behind = (running ?? Promise.resolve()).catch(() => {});
    next ??= behind.then(() => {
      running = next;
      next = undefined;
      return ask();
    });
    return next;
  };
}

function unfit(why: string): QueueError {
  return new QueueError('QUEUE_UNSAFE', `the target cannot take these messages: ${why}`);
}
