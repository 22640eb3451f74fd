import { createHash } from 'node:crypto';
import { Redis, type RedisOptions } from 'ioredis';
import type { Log } from '../core/outcome/log-event.ts';
import { asQueueError, QueueError } from './queue-error.ts';
import { unsafeBecause, type RedisFacts } from './safety.ts';
import { scripts, type ScriptName } from './scripts.ts';

/** A Redis answer, raw: integers, buffers, arrays of these. */
export type Raw = number | Buffer | null | readonly Raw[];

/** Where Redis is: `redis://…`, `rediss://…`, or the path of a unix socket. */
export type RedisAddress = string;

/**
 * `impatient`: fails at once while Redis is away, for callers who have a client to answer.
 * `patient`: waits for as long as it takes, for facts that must be written down.
 */
export type Patience = 'impatient' | 'patient';

const hashes = new Map(
  Object.entries(scripts).map(([name, text]) => [name, createHash('sha1').update(text).digest('hex')]),
);

export function connectRedis(address: RedisAddress, patience: Patience, log: Log): Redis {
  const options: RedisOptions & { replyMapping: 'legacy' } = {
    lazyConnect: true,
    replyMapping: 'legacy',
    connectTimeout: 5_000,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
    ...(patience === 'patient'
      ? { maxRetriesPerRequest: null }
      : {
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
          autoResendUnfulfilledCommands: false,
          commandTimeout: 30_000,
        }),
  };
  const redis = address.includes('://')
    ? new Redis(address, options)
    : new Redis({ ...options, path: address });
  let down = false;
  redis.on('error', (error: Error) => {
    // One line an outage: ioredis repeats itself with every attempt.
    if (down || patience === 'impatient') return;
    down = true;
    log({
      component: 'qmgr',
      severity: 'warning',
      event: 'redis away',
      text: `Redis is not reachable: ${error.message || String(error)}`,
    });
  });
  redis.on('ready', () => {
    if (down)
      log({ component: 'qmgr', severity: 'info', event: 'redis back', text: 'Redis is reachable again' });
    down = false;
  });
  return redis;
}

/** Runs one of our scripts. Throws QueueError. */
export async function runScript(
  redis: Redis,
  name: ScriptName,
  args: readonly (string | number | Buffer)[],
): Promise<Raw> {
  try {
    return (await redis.callBuffer('EVALSHA', hashes.get(name) ?? '', 0, ...args)) as Raw;
  } catch (error) {
    if (!(error instanceof Error) || !error.message.startsWith('NOSCRIPT')) throw asQueueError(error);
  }
  try {
    // First use, or a Redis that was restarted since: EVAL also stores the script for the next call.
    return (await redis.callBuffer('EVAL', scripts[name], 0, ...args)) as Raw;
  } catch (error) {
    throw asQueueError(error);
  }
}

export function text(raw: Raw | undefined): string {
  return Buffer.isBuffer(raw) ? raw.toString() : String(raw ?? '');
}

export function list(raw: Raw | undefined): readonly Raw[] {
  return Array.isArray(raw) ? (raw as readonly Raw[]) : [];
}

/** Asks Redis how it keeps data. */
export async function redisFacts(redis: Redis): Promise<RedisFacts> {
  const setting = async (name: string): Promise<string | undefined> => {
    try {
      const [, value] = await redis.config('GET', name);
      return value;
    } catch {
      return undefined; // ACL without CONFIG: judged as unknown.
    }
  };
  const [appendonly, appendfsync, noAppendfsyncOnRewrite, maxmemoryPolicy, info] = await Promise.all([
    setting('appendonly'),
    setting('appendfsync'),
    setting('no-appendfsync-on-rewrite'),
    setting('maxmemory-policy'),
    redis.info().catch(() => ''),
  ]);
  const role = /^role:(\w+)/m.exec(info)?.[1];
  const version = /^redis_version:(\S+)/m.exec(info)?.[1];
  const facts = { appendonly, appendfsync, noAppendfsyncOnRewrite, maxmemoryPolicy, role, version };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as RedisFacts;
}

/** Throws QueueError QUEUE_UNSAFE, with every reason, when this Redis can lose accepted mail. */
export async function assertSafe(redis: Redis): Promise<void> {
  const reasons = unsafeBecause(await redisFacts(redis));
  if (reasons.length === 0) return;
  throw new QueueError('QUEUE_UNSAFE', `this Redis can lose accepted mail: ${reasons.join('; ')}`);
}
