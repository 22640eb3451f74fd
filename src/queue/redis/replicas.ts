import type { Redis } from 'ioredis';
import { asQueueError, QueueError } from './queue-error.ts';

/**
 * Asks how many replicas have what was written over this connection: have it on their disks, where the server can tell
 * that (WAITAOF, from Redis 7.2 and in Valkey), and otherwise have received it (WAIT). Resolves when `wanted` of them have
 * it, or after `timeoutMs`.
 */
export function replicaCounter(redis: Redis): (wanted: number, timeoutMs: number) => Promise<number> {
  let knowsDisks = true;
  // Another server may answer next time.
  redis.on('close', () => (knowsDisks = true));
  return async (wanted, timeoutMs) => {
    if (knowsDisks) {
      try {
        const answer = await redis.call('WAITAOF', 1, wanted, timeoutMs);
        const [own, others] = Array.isArray(answer) ? answer.map(Number) : [];
        return own === undefined || own < 1 ? 0 : (others ?? 0);
      } catch (error) {
        if (!cannotTell(error)) throw error;
        knowsDisks = false;
      }
    }
    return redis.wait(wanted, timeoutMs);
  };
}

/** The server is older, or keeps no append-only file itself (which its own rules judge). */
function cannotTell(error: unknown): boolean {
  const text = error instanceof Error ? error.message : '';
  return /\bunknown command\b/i.test(text) || /appendonly is disabled/i.test(text);
}

/** Whether replicas have what was written over a connection. */
export interface ReplicaCheck {
  /** Resolves once enough of them have what was written, and answered, over this connection until now. Throws QueueError. */
  written(): Promise<void>;
  /**
   * The same of all that is known, from an answer over this connection just now, to be at the server: it may have been written
   * over any.
   */
  all(): Promise<void>;
}

export interface ReplicaCheckOptions {
  readonly redis: Redis;
  /** Base of all key names. */
  readonly base: string;
  readonly minReplicas: number;
  readonly timeoutMs: number;
  /** Is told when there were too few. */
  readonly onShortage?: (error: QueueError) => void;
}

interface Waiting {
  /** The connection over which something was written or seen: another one may lead to another server. */
  readonly connection: number;
  /** It was written over another one, and WAIT is about what was written over its own. */
  readonly needsWord: boolean;
  readonly resolve: () => void;
  readonly reject: (error: QueueError) => void;
}

/**
 * Whoever comes in one turn of the event loop, or while an answer is awaited, goes with one question: Redis answers
 * nothing else over this connection meanwhile.
 */
export function openReplicaCheck(options: ReplicaCheckOptions): ReplicaCheck {
  const { redis, base, minReplicas, timeoutMs, onShortage = () => {} } = options;
  const count = replicaCounter(redis);
  let connection = 0;
  let lose = (): void => {};
  redis.on('close', () => {
    connection += 1;
    lose();
  });
  let waiting: Waiting[] = [];
  let isAsking = false;

  function join(needsWord: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ connection, needsWord, resolve, reject });
      if (isAsking) return;
      isAsking = true;
      setImmediate(() => void askForAll());
    });
  }

  async function askForAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting;
      waiting = [];
      await askFor(group);
    }
    isAsking = false;
  }

  async function askFor(group: readonly Waiting[]): Promise<void> {
    const asked = connection;
    // What was written over a lost connection may have been written at another master.
    const here = group.filter((one) => one.connection === asked);
    for (const one of group) if (one.connection !== asked) one.reject(lostConnection());
    if (here.length === 0) return;
    const lost = new Promise<never>((_, reject) => (lose = () => reject(lostConnection())));
    try {
      const have = await Promise.race([ask(here), lost]);
      if (asked !== connection) throw lostConnection();
      if (have < minReplicas) {
        const error = shortage(have, minReplicas, timeoutMs);
        onShortage(error);
        throw error;
      }
      for (const { resolve } of here) resolve();
    } catch (error) {
      for (const { reject } of here) reject(asQueueError(error));
    }
  }

  async function ask(group: readonly Waiting[]): Promise<number> {
    if (group.some(({ needsWord }) => needsWord)) await redis.set(`${base}probe`, '', 'PX', 1_000);
    return count(minReplicas, timeoutMs);
  }

  return { written: () => join(false), all: () => join(true) };
}

function lostConnection(): QueueError {
  return new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable: lost connection');
}

/** Too few of them. */
function shortage(have: number, wanted: number, timeoutMs: number): QueueError {
  const seconds = timeoutMs / 1_000;
  const text = `${have} of ${wanted} replicas that are wanted (queue.min_replicas) have it within ${seconds} s`;
  return new QueueError('QUEUE_UNAVAILABLE', text);
}
