import type { Confirmable } from '../core/confirmable.ts';
import type { LastFailure } from '../core/mail/status.ts';
import { decodeAttempt } from './forms/kept.ts';
import { keyBase } from './forms/keys.ts';
import { listQueue, type ListPorts } from './operator/inspect.ts';
import { asQueueError } from './redis/queue-error.ts';
import { connectRedis, openConnection, redisFacts, targetOf, type RedisAddress } from './redis/redis.ts';
import { takenOnWord, unsafeBecause } from './redis/safety.ts';
import { openQueueStore } from './store/queue-store.ts';
import { diskFloor, factsOf, judgeStore, type StoreFacts, type Watermarks } from './watch/store-state.ts';

/** A Redis as somebody sees it who looks once and changes nothing. */
export interface RedisSight {
  readonly version?: string;
  /** `noeviction` */
  readonly policy?: string;
  /** Why it could lose mail that was accepted; empty if it keeps it. */
  readonly unsafe: readonly string[];
  /** What it does not tell, and the operator vouches for. */
  readonly onWord: readonly string[];
  readonly fill: StoreFacts;
  /** Why no message would be accepted now; undefined while all is well. */
  readonly refusal?: string;
  /** Octets of free disk below which no message is accepted. */
  readonly diskFloorBytes: number;
  readonly replicas: number;
  /** Its clock minus ours, milliseconds. */
  readonly clockAheadMs: number;
  readonly roundTripMs: number;
  /** Destinations that mail waits for, in the order of their names. */
  readonly waiting: readonly WaitingAt[];
  /** More waits than was looked at. */
  readonly isCut: boolean;
  /** Destinations of attempts that are kept, the last one first. */
  readonly past: readonly string[];
}

/** What waits for a destination. */
export interface WaitingAt {
  readonly destination: string;
  readonly messages: number;
  /** Epoch ms. */
  readonly oldestAt: number;
  /** Why one of them was not delivered. */
  readonly failure?: LastFailure;
}

export interface LookOptions {
  readonly prefix: string;
  readonly marks: Watermarks;
  readonly confirmed?: readonly Confirmable[];
  readonly timeoutMs: number;
  /** Free space of the disk that Redis writes to, if it is on this machine. */
  readonly freeDiskBytes?: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Looks at a Redis with the eyes of the queue. Throws QueueError if it does not answer. */
export async function lookAtRedis(
  address: RedisAddress,
  { prefix, marks, timeoutMs, freeDiskBytes, now, confirmed = [] }: LookOptions,
): Promise<RedisSight> {
  const redis = connectRedis(targetOf(address), { patience: 'impatient', timeoutMs, readyCheck: false });
  try {
    await openConnection(redis);
    const asked = now();
    const time = await redis.time();
    const answered = now();
    const [safety, info] = await Promise.all([redisFacts(redis), redis.info()]);
    const fill = factsOf(info, freeDiskBytes);
    // Too few replicas are a finding of their own.
    const state = judgeStore(fill, { ...marks, minReplicas: 0 }, false);
    const base = keyBase(prefix);
    const store = openQueueStore(redis, base);
    const waiting = await lookAtQueue({ redis, base, store, now });
    const { texts } = await store.findKept({ count: MOST_PAST, needle: '', anyCase: false });
    const past = texts.flatMap((text) => decodeAttempt(text)?.destination ?? []);
    return {
      ...(safety.version === undefined ? {} : { version: safety.version }),
      ...(safety.maxmemoryPolicy === undefined ? {} : { policy: safety.maxmemoryPolicy }),
      unsafe: unsafeBecause(safety, confirmed),
      onWord: takenOnWord(safety, confirmed),
      fill,
      ...(state.kind === 'well' ? {} : { refusal: state.error.message }),
      diskFloorBytes: diskFloor(fill, marks),
      replicas: fill.replicas,
      clockAheadMs: Number(time[0]) * 1000 + Number(time[1]) / 1000 - (asked + answered) / 2,
      roundTripMs: answered - asked,
      ...waiting,
      past: [...new Set(past)],
    };
  } catch (error) {
    throw asQueueError(error);
  } finally {
    redis.disconnect();
  }
}

/** Attempts that are looked at. */
const MOST_PAST = 100;
/** Enough to see what is wrong; a queue of a hundred thousand is not read for that. */
const MOST_LOOKED_AT = 2_000;

async function lookAtQueue(ports: ListPorts): Promise<Pick<RedisSight, 'waiting' | 'isCut'>> {
  const waiting = new Map<string, WaitingAt>();
  let count = 0;
  for await (const { destination, arrivedAt, dsn, reason, tlsFault } of listQueue(ports)) {
    if ((count += 1) > MOST_LOOKED_AT) break;
    const known = waiting.get(destination) ?? { destination, messages: 0, oldestAt: arrivedAt };
    const failure = { dsn: dsn ?? '', reason: reason ?? '', ...(tlsFault === undefined ? {} : { tlsFault }) };
    waiting.set(destination, {
      ...known,
      messages: known.messages + 1,
      oldestAt: Math.min(known.oldestAt, arrivedAt),
      ...(dsn === undefined ? {} : { failure }),
    });
  }
  return { waiting: [...waiting.values()], isCut: count > MOST_LOOKED_AT };
}
