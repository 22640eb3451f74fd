import { keyBase } from './forms/keys.ts';
import { asQueueError } from './redis/queue-error.ts';
import { connectRedis, openConnection, redisFacts, type RedisAddress } from './redis/redis.ts';
import { unsafeBecause } from './redis/safety.ts';
import { openQueueStore } from './store/queue-store.ts';
import { diskFloor, factsOf, judgeStore, type StoreFacts, type Watermarks } from './watch/store-state.ts';

/** A Redis as somebody sees it who looks once and changes nothing. */
export interface RedisSight {
  readonly version?: string;
  /** `noeviction` */
  readonly policy?: string;
  /** Why it could lose mail that was accepted; empty if it keeps it. */
  readonly unsafe: readonly string[];
  readonly fill: StoreFacts;
  /** Why no message would be accepted now; undefined while all is well. */
  readonly refusal?: string;
  /** Octets of free disk below which no message is accepted. */
  readonly diskFloorBytes: number;
  readonly replicas: number;
  /** Its clock minus ours, milliseconds. */
  readonly clockAheadMs: number;
  readonly roundTripMs: number;
  /** Destinations that mail waits for. */
  readonly destinations: readonly string[];
}

export interface LookOptions {
  readonly prefix: string;
  readonly marks: Watermarks;
  readonly timeoutMs: number;
  /** Free space of the disk that Redis writes to, if it is on this machine. */
  readonly freeDiskBytes?: number;
  /** Epoch ms. */
  readonly now: () => number;
}

/** Looks at a Redis with the eyes of the queue. Throws QueueError if it does not answer. */
export async function lookAtRedis(
  address: RedisAddress,
  { prefix, marks, timeoutMs, freeDiskBytes, now }: LookOptions,
): Promise<RedisSight> {
  const redis = connectRedis(address, { patience: 'impatient', timeoutMs, readyCheck: false });
  try {
    await openConnection(redis);
    const asked = now();
    const time = await redis.time();
    const answered = now();
    const [safety, info] = await Promise.all([redisFacts(redis), redis.info()]);
    const fill = factsOf(info, freeDiskBytes);
    const state = judgeStore(fill, marks, false);
    const destinations = await openQueueStore(redis, keyBase(prefix)).destinations();
    return {
      ...(safety.version === undefined ? {} : { version: safety.version }),
      ...(safety.maxmemoryPolicy === undefined ? {} : { policy: safety.maxmemoryPolicy }),
      unsafe: unsafeBecause(safety),
      fill,
      ...(state.kind === 'well' ? {} : { refusal: state.error.message }),
      diskFloorBytes: diskFloor(fill, marks),
      replicas: Number(/^connected_slaves:(\d+)/m.exec(info)?.[1] ?? 0),
      clockAheadMs: Number(time[0]) * 1000 + Number(time[1]) / 1000 - (asked + answered) / 2,
      roundTripMs: answered - asked,
      destinations,
    };
  } catch (error) {
    throw asQueueError(error);
  } finally {
    redis.disconnect();
  }
}
