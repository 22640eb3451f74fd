import { statfs } from 'node:fs/promises';
import { startManagedRedis } from '../children/managed-redis.ts';
import { ConfigError } from '../config/config-error.ts';
import { keptLimits } from '../config/kept-limits.ts';
import { receiptLimits } from '../config/receipt-limits.ts';
import { redisAddress } from '../config/redis-url.ts';
import { longestWait } from '../core/outcome/schedule.ts';
import { openQueue, type Queue } from '../queue/open-queue.ts';
import type { Relay } from './relay.ts';

/**
 * Opens the queue, in the configured Redis or in a private one.
 *
 * @param giveUp ends a start that is under way, which then throws
 */
export async function startQueue(relay: Relay, giveUp: AbortSignal | undefined): Promise<Queue> {
  const { config, dataDir, log, parts, problems, observed } = relay;
  const { meters } = relay.metrics;
  const address = await reachRedis(relay, giveUp);
  const soleUser = config.redis.url === '';
  const { prefix, allowUnsafe, confirmed } = config.redis;
  const { acceptTimeoutMs, replicaTimeoutMs, ...marks } = config.queue;
  const freeDiskBytes = (): Promise<number> => freeBytes(dataDir);
  const queue = await openQueue(
    {
      address,
      prefix,
      allowUnsafe,
      confirmed,
      soleUser,
      mayBeAway: !soleUser,
      marks,
      acceptTimeoutMs,
      replicaTimeoutMs,
      longestWaitMs: longestWait(config.queue),
      kept: keptLimits(config),
      receipts: receiptLimits(config),
    },
    {
      now: Date.now,
      log,
      looked: (tookMs) => meters.redisLooked(tookMs),
      ...(soleUser ? { freeDiskBytes } : {}),
    },
  );
  observed.queue = queue;
  parts.add('queue', () => queue.close());
  problems.ask('queue', () => queue.trouble());
  return queue;
}

async function reachRedis(
  { config, role, dataDir, log, parts, problems }: Relay,
  giveUp: AbortSignal | undefined,
): Promise<string> {
  if (config.redis.url !== '') return redisAddress(config.redis.url);
  if (role !== 'all') {
    const wanted = 'the Redis that this process shares with the others';
    throw new ConfigError([{ where: `--role ${role}`, key: 'redis.url', wanted, found: 'none' }]);
  }
  const { maxmemoryBytes } = config.redis;
  const redis = await startManagedRedis({ dataDir, log, maxmemoryBytes, ...(giveUp && { giveUp }) });
  parts.add('redis', () => redis.stop());
  problems.ask('redis', () => redis.trouble());
  return redis.socketPath;
}

/** Free octets of the disk that the relay may write. */
export async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}
