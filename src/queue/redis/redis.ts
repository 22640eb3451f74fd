import { Redis, type RedisOptions } from 'ioredis';
import { asQueueError, QueueError, refusalIn } from './queue-error.ts';
import { unsafeBecause, type RedisFacts } from './safety.ts';

/** Where Redis is: `redis://…`, `rediss://…`, or the path of a unix socket. */
export type RedisAddress = string;

export interface ConnectOptions {
  /**
   * `impatient`: fails at once while Redis is away, for callers who have a client to answer.
   * `patient`: waits for as long as it takes, for facts that must be written down.
   */
  readonly patience: 'impatient' | 'patient';
  /** How long anything may take to come back; an impatient one waits no longer for the reply to a command. */
  readonly timeoutMs?: number;
  /** As CLIENT LIST shows it. */
  readonly name?: string;
  /** Whether to wait until Redis has loaded its data. */
  readonly readyCheck?: boolean;
  /** Connects by itself, and so do its copies: for BullMQ, which gives up what it cannot connect the first time. */
  readonly eager?: boolean;
}

/** A connection on which nothing comes back for so long is opened anew: its peer may be gone without a word. */
const SILENCE_MS = 30_000;

const AFTER_COMMAND_MS = 500;

/**
 * What goes wrong with the connection under a command rejects with a QueueError, in our own words. What Redis replies
 * instead of doing it (ReplyError) is passed on as it is.
 */
class QueueRedis extends Redis {
  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    const answer = super.sendCommand(...args);
    if (!(answer instanceof Promise)) return answer;
    const translated = answer.catch((error: unknown) => {
      throw error instanceof Error && error.name === 'ReplyError' ? error : asQueueError(error);
    });
    // The library asks on its own account too, and looks at the command instead.
    translated.catch(() => {});
    return translated;
  }
}

/** Reports nothing: what there is to say of an outage says the watch, once. */
export function connectRedis(address: RedisAddress, options: ConnectOptions): Redis {
  const { patience, timeoutMs = SILENCE_MS, name, readyCheck = true, eager = false } = options;
  const settings: RedisOptions & { replyMapping: 'legacy' } = {
    lazyConnect: !eager,
    replyMapping: 'legacy',
    connectTimeout: 5_000,
    enableReadyCheck: readyCheck,
    ...(name === undefined ? {} : { connectionName: name }),
    retryStrategy: (times) => Math.min(50 * times, 1_000),
    // After a failover the address leads to another Redis, and this connection still to the old one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(patience === 'patient'
      ? { maxRetriesPerRequest: null, socketTimeout: timeoutMs }
      : {
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
          autoResendUnfulfilledCommands: false,
          commandTimeout: timeoutMs,
          // Later, so that it is the command that is said to have had no answer.
          socketTimeout: timeoutMs + AFTER_COMMAND_MS,
        }),
  };
  const redis = address.includes('://')
    ? new QueueRedis(withUser(address), settings)
    : new QueueRedis({ ...settings, path: address });
  redis.on('error', () => {});
  return redis;
}

/** Without a name Redis takes a password for that of `default`; with it, none is too much where none is needed. */
function withUser(address: string): string {
  const url = new URL(address);
  if (url.password !== '' && url.username === '') url.username = 'default';
  return url.href;
}

/** Connects. Throws QueueError with what Redis or the network said: the library itself says only that it did not work. */
export async function openConnection(redis: Redis): Promise<void> {
  let reason: Error | undefined;
  const note = (error: Error): void => {
    reason = error;
  };
  redis.on('error', note);
  try {
    await redis.connect();
  } catch (error) {
    throw asQueueError(reason ?? error);
  } finally {
    redis.off('error', note);
  }
}

/** Asks Redis how it keeps data. Throws QueueError when it does not answer: that says nothing about how it does. */
export async function redisFacts(redis: Redis): Promise<RedisFacts> {
  const orUndefined = (error: unknown): undefined => {
    const asked = asQueueError(error);
    // What it refuses to say (an ACL without CONFIG) counts as unknown; what it says of itself now, or not at all, does not.
    if (!asked.isRefusal || refusalIn(asked)?.message.startsWith('NOPERM') === false) throw asked;
  };
  const setting = async (name: string): Promise<string | undefined> => {
    const answer = await redis.config('GET', name).catch(orUndefined);
    return answer?.[1];
  };
  const [appendonly, appendfsync, noAppendfsyncOnRewrite, maxmemoryPolicy, info] = await Promise.all([
    setting('appendonly'),
    setting('appendfsync'),
    setting('no-appendfsync-on-rewrite'),
    setting('maxmemory-policy'),
    redis.info().catch(orUndefined),
  ]);
  const role = /^role:(\w+)/m.exec(info ?? '')?.[1];
  const version = /^redis_version:(\S+)/m.exec(info ?? '')?.[1];
  const facts = { appendonly, appendfsync, noAppendfsyncOnRewrite, maxmemoryPolicy, role, version };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as RedisFacts;
}

/** Throws QueueError: QUEUE_UNSAFE, with every reason, when this Redis can lose accepted mail; another when it does not answer. */
export async function assertSafe(redis: Redis): Promise<void> {
  const reasons = unsafeBecause(await redisFacts(redis));
  if (reasons.length === 0) return;
  throw new QueueError('QUEUE_UNSAFE', `this Redis can lose accepted mail: ${reasons.join('; ')}`);
}
