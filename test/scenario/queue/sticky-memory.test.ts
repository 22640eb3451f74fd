import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import { openStickyMemories } from '../../../src/queue/operator/sticky-memory.ts';
import { openWhatIfCounts } from '../../../src/queue/operator/what-if-counts.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { noCounts } from '../../../src/core/what-if/counted.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';

/** What is stored beside the mail of destinations that had DANE, and of policies that are tried out: all of it ends. */

const keep = belongings();
const day = 86_400_000;

async function world() {
  const redis = keep(await startPrivateRedis());
  const raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  const store = openQueueStore(raw, '{test}:');
  return { raw, sticky: openStickyMemories(store), whatIf: openWhatIfCounts(store) };
}

async function lifeless(raw: Redis): Promise<readonly string[]> {
  const keys = await raw.keys('*');
  const lives = await Promise.all(keys.map((key) => raw.pttl(key)));
  return keys.filter((_, place) => (lives[place] ?? 0) < 0);
}

it('a memory ends with its horizon, and what is known beside it ends, too', async () => {
  const { raw, sticky } = await world();
  const now = Date.now();
  const loss = { host: 'mx.a.test', what: 'MX', since: now, waits: true } as const;
  await sticky.lost('a.test', loss);
  expect(await raw.dbsize()).toBe(0);
  await sticky.proved('a.test', 'mx.a.test', now, now + day);
  await sticky.lost('a.test', loss);
  await sticky.lost('a.test', { ...loss, since: now + 5 });
  await sticky.proved('b.test', 'mx.b.test', now, now + 2 * day);
  expect(await lifeless(raw)).toEqual([]);
  // Each key lives as long as the last of what it is about.
  for (const key of ['sticky', 'sticky-lost'])
    expect(await raw.pexpiretime(`{test}:${key}`)).toBe(now + 2 * day);
  expect(await sticky.list()).toEqual([
    { destination: 'a.test', hosts: new Map([['mx.a.test', now]]), loss },
    { destination: 'b.test', hosts: new Map([['mx.b.test', now]]) },
  ]);
  expect((await sticky.list(['b.test', 'none.test'])).map(({ destination }) => destination)).toEqual([
    'b.test',
  ]);
  // A shorter horizon does not shorten the life of others.
  await sticky.proved('c.test', 'mx.c.test', now, now + 3_600_000);
  expect(await raw.pexpiretime('{test}:sticky')).toBe(now + 2 * day);

  // The next proof finds that the time of one has passed.
  await raw.del('{test}:sticky:a.test');
  await sticky.proved('b.test', 'mx.b.test', now + day + 1, now + 3 * day);
  expect(await raw.zrange('{test}:sticky', '0', '-1')).toEqual(['b.test']);
  expect(await raw.exists('{test}:sticky-lost')).toBe(0);

  expect([await sticky.release('b.test'), await sticky.release('b.test')]).toEqual([true, false]);
  expect(await raw.keys('*')).toEqual(['{test}:sticky:c.test']);
});

it('a destination keeps the hosts that were proved last', async () => {
  const { sticky } = await world();
  const now = Date.now();
  for (let nth = 0; nth < 25; nth += 1) {
    await sticky.proved('a.test', `mx${nth}.a.test`, now + nth, now + day);
  }
  const hosts = [...(await sticky.hosts('a.test')).values()].map((at) => at - now);
  expect(hosts.toSorted((one, other) => one - other)).toEqual(
    Array.from({ length: 20 }, (_, nth) => nth + 5),
  );
});

it('what was tried out on a day ends, and has its bounds', async () => {
  const { raw, whatIf } = await world();
  const name = new Date().toISOString().slice(0, 10);
  const one = { host: 'mx', level: 'secure', verdict: 'waits', reason: 'no match', count: 2 } as const;
  const cases = Array.from({ length: 900 }, (_, nth) => ({
    ...one,
    destination: `${nth}.test`,
    queueIds: ['A', 'B'],
  }));
  await whatIf.add(name, { ...noCounts, looked: 1_800, cases }, day);
  const more = cases.map((each) => ({ ...each, destination: `x${each.destination}` }));
  await whatIf.add(name, { ...noCounts, looked: 1_800, cases: [...more, ...cases.slice(0, 1)] }, day);
  expect(await lifeless(raw)).toEqual([]);
  const { looked, others, cases: kept } = await whatIf.read(name);
  expect([looked, kept.length <= 1_000, others + 2 * (kept.length + 1)]).toEqual([3_600, true, 3_602]);
  expect(kept.find(({ destination }) => destination === '0.test')).toMatchObject({
    count: 4,
    queueIds: ['A', 'B', 'A', 'B'],
  });
  expect(await raw.pexpiretime(`{test}:what-if:${name}`)).toBe(Date.parse(name) + 2 * day);
});
