import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queueId } from '../../../src/core/mail/queue-id.ts';
import { CLAIMED, HELD, keyBase } from '../../../src/queue/forms/keys.ts';
import { walkQueue, type WaitingState } from '../../../src/queue/operator/walk-queue.ts';
import { startPrivateRedis, type PrivateRedis } from '../../support/private-redis.ts';

/** The walk through a long queue, for the metrics. */

const base = keyBase('walk');
const now = 1_795_000_000_000;
let server: PrivateRedis;
let redis: Redis;

beforeAll(async () => {
  server = await startPrivateRedis({ appendonly: 'no' });
  redis = new Redis({ path: server.socketPath });
});
afterAll(async () => {
  redis?.disconnect();
  await server?.[Symbol.asyncDispose]();
});

/** An id that was made so many minutes ago. */
const idOf = (minutesAgo: number, nth: number): string =>
  queueId((now - minutesAgo * 60_000) * 1000 + nth, nth);

async function fill(destinations: number, messages: number, scoreOf: (nth: number) => number): Promise<void> {
  await redis.flushall();
  for (let destination = 0; destination < destinations; destination += 1) {
    for (let start = 0; start < messages; start += 5_000) {
      const entries = Array.from({ length: Math.min(5_000, messages - start) }, (_, at) => {
        const nth = start + at;
        return [scoreOf(nth), idOf(nth % 60, nth)];
      });
      await redis.zadd(`${base}d:d${destination}.test`, ...entries.flat());
    }
  }
}

interface Found {
  readonly states: Readonly<Partial<Record<WaitingState, number>>>;
  readonly destinations: ReadonlySet<string>;
  readonly oldestMs: number;
  /** Entries in the answer of the largest command. */
  readonly largest: number;
  readonly commands: number;
}

async function walk(destinations: number): Promise<Found> {
  const states: Partial<Record<WaitingState, number>> = {};
  const seen = new Set<string>();
  let oldestMs = 0;
  let largest = 0;
  let commands = 0;
  const counting = {
    async zrange(...words: readonly string[]) {
      commands += 1;
      const [key = '', start = '', end = ''] = words;
      const page = await redis.zrange(key, start, end, 'WITHSCORES');
      largest = Math.max(largest, page.length / 2);
      return page;
    },
  };
  await walkQueue(
    (destination, state, ageMs) => {
      states[state] = (states[state] ?? 0) + 1;
      seen.add(destination);
      oldestMs = Math.max(oldestMs, ageMs);
    },
    {
      redis: counting as unknown as Redis,
      base,
      store: { destinations: async () => Array.from({ length: destinations }, (_, nth) => `d${nth}.test`) },
      now: () => now,
      signal: new AbortController().signal,
    },
  );
  return { states, destinations: seen, oldestMs, largest, commands };
}

it('tells of 100,000 messages for one destination, a small page at a time', async () => {
  const scores = [now - 1, now + 60_000, CLAIMED + 7, HELD];
  await fill(1, 100_000, (nth) => scores[nth % 4] ?? 0);
  const { states, oldestMs, largest, commands } = await walk(1);
  expect(states).toEqual({ due: 25_000, deferred: 25_000, active: 25_000, held: 25_000 });
  expect(Math.round(oldestMs / 60_000)).toBe(59);
  expect(largest).toBeLessThanOrEqual(500);
  expect(commands).toBeLessThan(210);
});

it('tells of many destinations', async () => {
  await fill(1_000, 25, () => now + 1);
  const { states, destinations, largest, commands } = await walk(1_000);
  expect(states).toEqual({ deferred: 25_000 });
  expect(destinations.size).toBe(1_000);
  expect(largest).toBeLessThanOrEqual(500);
  expect(commands).toBe(2_000);
});

it('ends when it is told to', async () => {
  await fill(1, 5_000, () => now);
  const stopped = new AbortController();
  let told = 0;
  const walking = walkQueue(
    () => {
      told += 1;
      stopped.abort();
    },
    { redis, base, store: { destinations: async () => ['d0.test'] }, now: () => now, signal: stopped.signal },
  );
  await expect(walking).rejects.toThrow();
  expect(told).toBeLessThan(600);
});
