import type { Socket } from 'node:net';
import { Redis, type RedisOptions } from 'ioredis';
import type { Confirmable } from '../../core/confirmable.ts';
import { isForSentinels, parseSentinelUrl } from '../../core/sentinel-url.ts';
import { searchMaster, toMaster, type MasterSearch } from './master-search.ts';
import { asQueueError, QueueError, ReplicaError, refusalIn } from './queue-error.ts';
import { ScriptCommand } from './script-command.ts';
import { takenOnWord, unsafeBecause, type RedisFacts } from './safety.ts';

/** Address of Redis: `redis://…`, `rediss://…`, `sentinel://…`, `sentinels://…`, or the path of a unix socket. */
export type RedisAddress = string;

/** Where connections lead: to that address, or to whatever is the master when they are made. */
export type RedisTarget = string | MasterSearch;

/** One target for all connections of a queue. Throws QueueError for an address of Sentinels that cannot be read. */
export function targetOf(address: RedisAddress): RedisTarget {
  if (!isForSentinels(address)) return address;
  const read = parseSentinelUrl(address);
  if ('value' in read) return searchMaster(read.value);
  throw new QueueError('QUEUE_UNAVAILABLE', `redis.url: ${read.reason}`);
}

export interface ConnectOptions {
  /**
   * `impatient`: fails at once while Redis is away, for callers that have to answer a client. `patient`: waits as long
   * as it takes, for facts that must be stored.
   */
  readonly patience: 'impatient' | 'patient';
  /** Timeout of a reply. An impatient connection waits no longer for the reply to a command. */
  readonly timeoutMs?: number;
  /** As CLIENT LIST shows it. */
  readonly name?: string;
  /** Whether to wait until Redis has loaded its data. */
  readonly readyCheck?: boolean;
  /**
   * Connects by itself, and so do its copies. This is for BullMQ, which gives up a connection that fails the first
   * time.
   */
  readonly eager?: boolean;
}

/** A connection that stays silent for this long is opened again, because its peer may have vanished. */
const SILENCE_MS = 30_000;

const AFTER_COMMAND_MS = 500;

/** Time for which the commands of several messages are gathered. */
const GATHER_MS = 1;

/**
 * If the connection fails under a command, the command rejects with a QueueError in our own words. An error reply of
 * Redis (ReplyError) is passed on as it is.
 */
class QueueRedis extends Redis {
  /** Who it has reached; undefined while that is unknown. */
  runId: string | undefined;
  readonly #copies: Redis[] = [];
  /** The connection whose commands are being gathered, and how many there are. */
  #gathering: Socket | undefined;
  #gathered = 0;
  /** How many travelled together the last time. */
  #before = 0;

  /**
   * Commands of one turn of the event loop travel together: one write here, and for Redis one read, one write to its log
   * and one fsync. While several do, more of them are on their way to us, and a moment is waited for those.
   */
  #gather(): void {
    const socket = this.stream as Socket | undefined;
    if (socket === undefined) return;
    this.#gathered += 1;
    if (socket === this.#gathering) return;
    this.#gathering = socket;
    this.#gathered = 1;
    socket.cork();
    const send = (): void => {
      if (this.#gathering === socket) {
        this.#gathering = undefined;
        this.#before = this.#gathered;
      }
      socket.uncork();
    };
    if (this.#before > 1) setTimeout(send, GATHER_MS);
    else setImmediate(send);
  }

  override sendCommand(...args: Parameters<Redis['sendCommand']>): unknown {
    this.#gather();
    const answer = super.sendCommand(...args);
    if (!(answer instanceof Promise) || args[0] instanceof ScriptCommand) return answer;
    // The library asks whenever it has connected.
    if (args[0].name === 'info')
      answer.then(
        (info) => (this.runId = runIdIn(String(info))),
        () => {},
      );
    const translated = answer.catch((error: unknown) => {
      throw error instanceof Error && error.name === 'ReplyError' ? error : asQueueError(error);
    });
    // The library also sends commands of its own, and sees their errors itself.
    translated.catch(() => {});
    return translated;
  }

  override duplicate(...args: Parameters<Redis['duplicate']>): Redis {
    const copy = super.duplicate(...args);
    this.#copies.push(copy);
    return copy;
  }

  reopen(): void {
    this.runId = undefined;
    for (const redis of [this, ...this.#copies]) if (redis.status !== 'end') redis.disconnect(true);
  }
}

/** `run_id` of INFO: every start of a server has another one. */
export function runIdIn(info: string): string | undefined {
  return /^run_id:(\w+)/m.exec(info)?.[1];
}

/**
 * Opens a connection again, and what BullMQ made after it, unless it leads to the Redis with this run id. Unanswered
 * commands of a patient one are sent again.
 */
export function reopenElsewhere(redis: Redis, runId: string | undefined): void {
  if (redis instanceof QueueRedis && (runId === undefined || redis.runId !== runId)) redis.reopen();
}

/** This reports nothing, because the watch reports each outage once. */
export function connectRedis(target: RedisTarget, options: ConnectOptions): Redis {
  const { patience, timeoutMs = SILENCE_MS, name, readyCheck = true, eager = false } = options;
  const settings: RedisOptions & { replyMapping: 'legacy' } = {
    lazyConnect: !eager,
    replyMapping: 'legacy',
    connectTimeout: 5_000,
    enableReadyCheck: readyCheck,
    ...(name === undefined ? {} : { connectionName: name }),
    retryStrategy: (times) => Math.min(50 * times, 1_000),
    // After a failover the address leads to another Redis, while this connection still leads to the old one.
    reconnectOnError: (error) => error.message.startsWith('READONLY'),
    ...(patience === 'patient'
      ? { maxRetriesPerRequest: null, socketTimeout: timeoutMs }
      : {
          maxRetriesPerRequest: 0,
          enableOfflineQueue: false,
          autoResendUnfulfilledCommands: false,
          commandTimeout: timeoutMs,
          // This comes later, so that the error names the unanswered command.
          socketTimeout: timeoutMs + AFTER_COMMAND_MS,
        }),
  };
  const redis = openRedis(target, settings);
  redis.on('error', () => {});
  return redis;
}

function openRedis(target: RedisTarget, settings: RedisOptions & { replyMapping: 'legacy' }): Redis {
  if (typeof target !== 'string') return new QueueRedis({ ...toMaster(target), ...settings });
  return target.includes('://')
    ? new QueueRedis(withUser(target), settings)
    : new QueueRedis({ ...settings, path: target });
}

/**
 * Without a name Redis takes a password for that of `default`. With the name, a password does no harm where none is
 * needed.
 */
function withUser(address: string): string {
  const url = new URL(address);
  if (url.password !== '' && url.username === '') url.username = 'default';
  return url.href;
}

/**
 * Connects. Throws QueueError with the message of Redis or the network, because the library only says that it failed.
 */
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

/** Asks Redis how it keeps data. Throws QueueError if it does not answer, which proves nothing about its settings. */
export async function redisFacts(redis: Redis): Promise<RedisFacts> {
  const orUndefined = (error: unknown): undefined => {
    const asked = asQueueError(error);
    // What it refuses to tell (an ACL without CONFIG) counts as unknown. A Redis that is not ready, or does not answer,
    // is an error.
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
  const lines = (info ?? '').split(/\r?\n/);
  const told = (name: string): string | undefined =>
    lines.find((line) => line.startsWith(`${name}:`))?.slice(name.length + 1);
  // What is in force; CONFIG tells what is wished, and may be denied.
  const filing = told('aof_enabled');
  const inForce = filing === '0' ? 'no' : filing === '1' ? (appendonly ?? 'yes') : appendonly;
  const facts = {
    appendonly: inForce,
    appendfsync,
    noAppendfsyncOnRewrite,
    maxmemoryPolicy: maxmemoryPolicy ?? told('maxmemory_policy'),
    role: told('role'),
    version: told('redis_version'),
  };
  return Object.fromEntries(Object.entries(facts).filter(([, value]) => value !== undefined)) as RedisFacts;
}

/**
 * Resolves to what is taken on the word of the operator. Throws QueueError: QUEUE_UNSAFE, with every reason, if this Redis
 * can lose accepted mail; another code if it does not answer, or has become a replica meanwhile.
 */
export async function assertSafe(
  redis: Redis,
  confirmed: readonly Confirmable[] = [],
): Promise<readonly Confirmable[]> {
  const facts = await redisFacts(redis);
  if (facts.role === 'slave') throw new ReplicaError();
  const reasons = unsafeBecause(facts, confirmed);
  if (reasons.length === 0) return takenOnWord(facts, confirmed);
  throw new QueueError('QUEUE_UNSAFE', `this Redis can lose accepted mail: ${reasons.join('; ')}`);
}
