import { existsSync } from 'node:fs';
import { ChildError } from '../../children/child-error.ts';
import { startManagedRedis } from '../../children/managed-redis.ts';
import { redisDirectoryIn, redisPlace } from '../../children/redis-place.ts';
import { redisCommand } from '../../children/redis-socket.ts';
import type { Config } from '../../config/config.ts';
import { maskRedisUrl, redisAddress } from '../../config/redis-url.ts';
import type { QueueFacts } from '../../core/doctor/queue.ts';
import type { RedisLook } from '../../core/doctor/redis.ts';
import { messageOf } from '../../core/error-words.ts';
import { lookAtRedis, type RedisSight } from '../../queue/look-at-redis.ts';
import type { Parts } from '../parts.ts';
import { freeBytes } from '../storing.ts';
import type { DoctorContext, SeenRedis } from './context.ts';

interface Where {
  readonly config: Config;
  readonly dataDir: string;
  /** A directory of the doctor's own. */
  readonly scratch: string;
  readonly parts: Parts;
}

const PATIENCE_MS = 5_000;

/**
 * Looks at the Redis of the settings. While no relay runs, its private Redis does not either: then another one is started
 * in a directory of its own, which shows whether that works, and the queue is left alone.
 */
export async function seeRedis({ config, dataDir, scratch, parts }: Where): Promise<SeenRedis> {
  const { url, prefix, confirmed, maxmemoryBytes } = config.redis;
  const options = { prefix, confirmed, marks: config.queue, timeoutMs: PATIENCE_MS, now: Date.now };
  if (url !== '') return seen(maskRedisUrl(url), false, () => lookAtRedis(redisAddress(url), options));
  const { socketPath } = redisPlace(redisDirectoryIn(dataDir));
  if ((await redisCommand(socketPath, ['PING'])).kind !== 'nobody') {
    const freeDiskBytes = await freeBytes(dataDir).catch(() => undefined);
    const disk = freeDiskBytes === undefined ? {} : { freeDiskBytes };
    return seen(socketPath, false, () => lookAtRedis(socketPath, { ...options, ...disk }));
  }
  return seen(socketPath, true, async () => {
    const redis = await startManagedRedis({ dataDir: scratch, log: () => {}, maxmemoryBytes });
    parts.add('redis', () => redis.stop());
    return lookAtRedis(redis.socketPath, options);
  });
}

async function seen(address: string, isTrial: boolean, look: () => Promise<RedisSight>): Promise<SeenRedis> {
  try {
    return { kind: 'seen', address, sight: await look(), isTrial };
  } catch (error) {
    const isKnown = error instanceof ChildError || (error instanceof Error && error.name === 'QueueError');
    if (!isKnown) throw error;
    return { kind: 'away', address, why: messageOf(error) };
  }
}

/** What waits in the queue; that of a relay that does not run is not looked at. */
export async function queueFacts({ redis, now }: DoctorContext): Promise<QueueFacts> {
  const found = await redis();
  const isSeen = found.kind === 'seen' && !found.isTrial;
  return isSeen
    ? { waiting: found.sight.waiting, isCut: found.sight.isCut, now: now() }
    : { waiting: undefined, isCut: false, now: now() };
}

export async function redisFacts({ config, dataDir, redis }: DoctorContext): Promise<RedisLook> {
  const found = await redis();
  if (found.kind === 'away') return { ...found, isOwn: config.redis.url === '' };
  const { sight, address, isTrial } = found;
  const { version, policy, refusal, fill } = sight;
  return {
    kind: 'answers',
    facts: {
      address,
      ...(version === undefined ? {} : { version }),
      ...(policy === undefined ? {} : { policy }),
      ...(refusal === undefined ? {} : { refuses: refusal }),
      unsafe: sight.unsafe,
      onWord: sight.onWord,
      allowUnsafe: config.redis.allowUnsafe,
      usedBytes: fill.usedBytes,
      limitBytes: fill.limitBytes,
      highPercent: config.queue.memoryHighWatermarkPercent,
      replicas: sight.replicas,
      minReplicas: config.queue.minReplicas,
      rewriteFailed: fill.rewriteFailed,
      roundTripMs: sight.roundTripMs,
      isTrial,
      hasQueue: isTrial && existsSync(redisDirectoryIn(dataDir)),
    },
  };
}
