import type { Redis } from 'ioredis';
import type { Suspension } from '../core/outcome/concurrency.ts';
import { asQueueError } from './queue-error.ts';
import { runScript } from './redis.ts';

/**
 * What is on record of a destination, as opposed to its mail: it outlives the run that found it out, and the process. All
 * of it is advice. If a word of it is lost, mail waits for its own time or is tried once more.
 */
export interface Site {
  /** The suspension on record, over or not: until it is struck off, mail waits for the destination. */
  suspension(): Promise<Suspension | undefined>;
  /** Leaves the destination alone. Does nothing once another run owns it. */
  suspend(suspension: Suspension): Promise<void>;
  /** It is at work again, and nothing waits for it any more. */
  revive(): Promise<void>;
  /** This message was deferred because of the destination, which was found in trouble at `since` (epoch ms). */
  await(queueId: string, since: number): Promise<void>;
  /** This message waits for itself, or no longer. */
  forgo(queueId: string): Promise<void>;
  /**
   * Up to `count` of those that wait for the destination, longest first, wait no longer: they are due once the trouble
   * they met with is `backoffMs` ago. The number of them.
   */
  hasten(count: number, backoffMs: number): Promise<number>;
}

export interface SitePorts {
  readonly redis: Redis;
  readonly base: string;
  readonly now: () => number;
}

export function siteOf(destination: string, token: string, { redis, base, now }: SitePorts): Site {
  return {
    async suspension() {
      return decode((await asked(redis.hget(`${base}suspended`, destination))) ?? '');
    },
    async suspend(suspension) {
      await runScript(redis, 'suspend', [base, destination, token, JSON.stringify(suspension)]);
    },
    async revive() {
      await asked(redis.hdel(`${base}suspended`, destination));
    },
    async await(queueId, since) {
      await runScript(redis, 'wait', [base, destination, since, queueId]);
    },
    async forgo(queueId) {
      await asked(redis.zrem(`${base}w:${destination}`, queueId));
    },
    async hasten(count, backoffMs) {
      return Number(await runScript(redis, 'hasten', [base, destination, now(), count, backoffMs]));
    },
  };
}

/** Throws QueueError. */
async function asked<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw asQueueError(error);
  }
}

/** Destinations that are left alone at this moment. */
export async function suspensions(
  redis: Redis,
  base: string,
  now: number,
): Promise<ReadonlyMap<string, Suspension>> {
  const stored = await redis.hgetall(`${base}suspended`);
  const current = new Map<string, Suspension>();
  for (const [destination, value] of Object.entries(stored)) {
    const suspension = decode(value);
    if (suspension !== undefined && suspension.until > now) current.set(destination, suspension);
  }
  return current;
}

/** None of these is left alone any longer: the operator wants them tried. */
export async function revive(redis: Redis, base: string, destinations: readonly string[]): Promise<void> {
  if (destinations.length > 0) await redis.hdel(`${base}suspended`, ...destinations);
}

/** Forgets suspensions that are over and keep nobody waiting. */
export async function forgetOldSuspensions(redis: Redis, base: string, now: number): Promise<void> {
  const stored = await redis.hgetall(`${base}suspended`);
  for (const [destination, value] of Object.entries(stored)) {
    const isOver = !((decode(value)?.until ?? 0) > now);
    if (isOver && (await redis.exists(`${base}w:${destination}`)) === 0) {
      await redis.hdel(`${base}suspended`, destination);
    }
  }
}

/** Undefined for what cannot be read: the destination is tried then. */
function decode(stored: string): Suspension | undefined {
  if (stored === '') return undefined;
  try {
    return JSON.parse(stored) as Suspension;
  } catch {
    return undefined;
  }
}
