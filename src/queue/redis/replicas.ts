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
  /** The same of all that was written at this server until now, over whatever connection. */
  all(): Promise<void>;
}

export interface ReplicaCheckOptions {
  readonly redis: Redis;
  /** Base of all key names. */
  readonly base: string;
  readonly minReplicas: number;
  readonly timeoutMs: number;
  /** Is told when there were too few. */
  readonly onShortage: (error: QueueError) => void;
}

interface Waiting {
  /** The connection over which something was written; undefined if that does not matter. */
  readonly connection: number | undefined;
  readonly resolve: () => void;
  readonly reject: (error: QueueError) => void;
}

/**
 * Whoever comes in one turn of the event loop, or while an answer is awaited, goes with one question: Redis answers
 * nothing else over this connection meanwhile.
 */
export function openReplicaCheck(options: ReplicaCheckOptions): ReplicaCheck {
  const { redis, base, minReplicas, timeoutMs, onShortage } = options;
  const count = replicaCounter(redis);
  let connection = 0;
  redis.on('close', () => (connection += 1));
  let waiting: Waiting[] = [];
  let isAsking = false;

  function join(over: number | undefined): Promise<void> {
    return new Promise((resolve, reject) => {
      waiting.push({ connection: over, resolve, reject });
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
    const [here, lost] = [group.filter(isFrom(asked)), group.filter((one) => !isFrom(asked)(one))];
    for (const { reject } of lost) reject(lostConnection());
    if (here.length === 0) return;
    try {
      // WAIT is about what was written over its own connection.
      if (here.some((one) => one.connection === undefined)) await redis.set(`${base}probe`, '', 'PX', 1_000);
      const have = await count(minReplicas, timeoutMs);
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

  return { written: () => join(connection), all: () => join(undefined) };
}

function isFrom(connection: number): (one: Waiting) => boolean {
  return (one) => one.connection === undefined || one.connection === connection;
}

function lostConnection(): QueueError {
  return new QueueError('QUEUE_UNAVAILABLE', 'Redis is not reachable: lost connection');
}

/** Too few of them. */
export function shortage(have: number, wanted: number, timeoutMs: number): QueueError {
  const seconds = timeoutMs / 1_000;
  const text = `${have} of ${wanted} replicas that are wanted (queue.min_replicas) have it within ${seconds} s`;
  return new QueueError('QUEUE_UNAVAILABLE', text);
}
