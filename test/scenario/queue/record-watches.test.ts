import { Redis } from 'ioredis';
import { beforeEach, expect, test } from 'vitest';
import type { RecordWatch } from '../../../src/core/rollover/watched-records.ts';
import { CLAIMED, HELD } from '../../../src/queue/forms/keys.ts';
import { openRecordWatches, type RecordWatchStore } from '../../../src/queue/operator/record-watches.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';

/** The TLSA records that relays of a queue watch: who looks, what is written, and which mail is made due. */

const keep = belongings();
const now = Date.now();
const hour = 3_600_000;
const { signal: running } = new AbortController();

let raw: Redis;
let store: RecordWatchStore;

beforeEach(async () => {
  const redis = keep(await startPrivateRedis());
  raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  const alarms = { wake: async () => {} };
  store = openRecordWatches({ store: openQueueStore(raw, '{test}:'), alarms, now: () => now });
});

const watch = (nextAt: number, digest = 'd'): RecordWatch => ({
  records: [{ name: '_25._tcp.mx.x.test', digest }],
  since: now,
  nextAt,
  changes: 0,
});

/** A destination for which a message waits. */
async function started(destination: string, nextAt: number): Promise<void> {
  await raw.zadd(`{test}:d:${destination}`, now + hour, 'id');
  expect(await store.start(destination, watch(nextAt))).toBe(true);
}

const taken = async (at = now) => (await store.takeDue(at, 8)).map(({ destination }) => destination);

test('is given to one relay, and again once that has said nothing for two minutes', async () => {
  await started('x.test', now);
  expect(await taken()).toEqual(['x.test']);
  expect(await taken()).toEqual([]);
  expect(await taken(now + 120_000)).toEqual(['x.test']);
});

test('is due now when a clock that was ahead wrote it down', async () => {
  await started('later.test', now + hour);
  await started('x.test', now + 48 * hour);
  expect(await taken()).toEqual(['x.test']);
  expect(await taken()).toEqual([]);
});

test('is written anew only where it is what it was: what failed meanwhile stands', async () => {
  await started('x.test', now);
  await store.start('x.test', watch(now, 'other'));
  expect(await store.goOn('x.test', watch(now + 1, 'new'), watch(now))).toBe(false);
  expect(await store.read('x.test')).toEqual(watch(now, 'other'));
  expect(await store.goOn('x.test', watch(now + 1, 'new'), watch(now, 'other'))).toBe(true);
  await store.end('x.test');
  expect(await store.goOn('x.test', watch(now), watch(now + 1, 'new'))).toBe(false);
  expect(await raw.keys('{test}:watched*')).toEqual([]);
});

test('what a crash left of one that ended is cleared', async () => {
  await started('x.test', now);
  await raw.hdel('{test}:watched', 'x.test');
  expect(await taken()).toEqual([]);
  expect(await raw.keys('{test}:watched*')).toEqual([]);
});

test('what waits is due, and neither what is held, nor under way, nor gone', async () => {
  const due = { waits: now + hour, held: HELD, claimed: CLAIMED + 7, greylisted: now + hour };
  await raw.zadd('{test}:d:x.test', ...Object.entries(due).flatMap(([id, at]) => [at, id]));
  for (const id of ['waits', 'held', 'claimed', 'gone']) await raw.zadd('{test}:w:x.test', now - hour, id);
  await raw.hset('{test}:suspended', 'x.test', '{}');
  expect(await store.bringForward('x.test', running)).toBe(1);
  const left = await raw.zrange('{test}:d:x.test', '0', '-1', 'WITHSCORES');
  const scores = Object.fromEntries(left.flatMap((id, at) => (at % 2 ? [] : [[id, Number(left[at + 1])]])));
  expect(scores).toEqual({ ...due, waits: now });
  expect(await raw.hexists('{test}:suspended', 'x.test')).toBe(0);
});

test('of a backlog whose first mail fails again, the rest keeps its time', async () => {
  const ids = Array.from({ length: 1_000 }, (_, at) => `id${at}`);
  await raw.zadd('{test}:d:x.test', ...ids.flatMap((id) => [now + hour, id]));
  await raw.zadd('{test}:w:x.test', ...ids.flatMap((id) => [now - hour, id]));
  const wake = async (): Promise<void> => {
    await raw.hset(
      '{test}:suspended',
      'x.test',
      JSON.stringify({ since: now, until: now + hour, cause: {} }),
    );
  };
  const queueStore = openQueueStore(raw, '{test}:');
  const watches = openRecordWatches({ store: queueStore, alarms: { wake }, now: () => now });
  expect(await watches.bringForward('x.test', running)).toBe(250);
  expect(await raw.zcount('{test}:d:x.test', now, now)).toBe(250);
  expect(await raw.zcard('{test}:w:x.test')).toBe(750);
  expect(await raw.hexists('{test}:suspended', 'x.test')).toBe(1);
});
