import { Redis } from 'ioredis';
import { beforeEach, describe, expect, test } from 'vitest';
import { unusedForMs, type StoredPolicy } from '../../../src/core/sts/known-policy.ts';
import { openStsPolicies, type StsPolicyStore } from '../../../src/queue/operator/sts-policies.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';

/** The MTA-STS policies that a queue knows: what is stored, given out to be fetched anew, and forgotten. */

const keep = belongings();
const now = Date.now();
const day = 86_400_000;

let raw: Redis;
let store: StsPolicyStore;

beforeEach(async () => {
  const redis = keep(await startPrivateRedis());
  raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  store = storeOf();
});

function storeOf(most?: number): StsPolicyStore {
  return openStsPolicies(openQueueStore(raw, '{test}:'), most);
}

function policy(domain: string, { id = 'a', fetchedAt = now, days = 60 } = {}): StoredPolicy {
  const lines = ['version: STSv1', 'mode: enforce', 'mx: mx.a.test', 'max_age: 86400'];
  const read = { mode: 'enforce', maxAge: 86_400, mx: ['mx.a.test'], lines } as const;
  return { domain, policy: read, id, fetchedAt, expiresAt: now + days * day };
}

const failure = { times: 1, at: now, detail: 'HTTP status 404' };

/** The keys that there are, and the domains in those of all. */
async function left(): Promise<Readonly<Record<string, readonly string[]>>> {
  const [due, used, failed] = await Promise.all([
    raw.zrange('{test}:sts-due', '0', '-1'),
    raw.zrange('{test}:sts-used', '0', '-1'),
    raw.hkeys('{test}:sts-failed'),
  ]);
  return { policies: (await raw.keys('{test}:sts:*')).toSorted(), due, used, failed };
}

const nothing = { policies: [], due: [], used: [], failed: [] };

const taken = async (at: number, most = 9) =>
  (await store.takeDue(at, most)).map(({ stored }) => stored.domain);

test('what is written is read, and no longer than until it expires', async () => {
  const one = policy('a.test');
  await store.write(one, now + day, 'mail');
  expect(await store.read('a.test')).toEqual(one);
  expect(await store.read('b.test')).toBeUndefined();
  expect(await raw.pexpiretime('{test}:sts:a.test')).toBe(one.expiresAt);
});

test.each(['', '{', '{"v":2}', 'null', '[]'])(
  'one that cannot be read is there, and not none: %j',
  async (text) => {
    await store.write(policy('a.test'), now + day, 'mail');
    await raw.set('{test}:sts:a.test', text);
    await expect(store.read('a.test')).rejects.toThrow('the stored policy of a.test cannot be read');
    await expect(store.refreshNow('a.test')).rejects.toThrow('cannot be read');
    expect(await store.list()).toEqual([{ unreadable: 'a.test' }]);
    // A newer relay may read it.
    expect(await taken(now + day)).toEqual([]);
    expect(await raw.get('{test}:sts:a.test')).toBe(text);
    expect(await raw.zscore('{test}:sts-due', 'a.test')).toBe(String(now + day + 3_600_000));
    expect(await store.drop('a.test')).toBe(true);
    expect(await left()).toEqual(nothing);
  },
);

describe('one that is due', () => {
  test('is given to one relay, and again if that says nothing more', async () => {
    await store.write(policy('a.test'), now + day, 'mail');
    expect(await taken(now + day - 1)).toEqual([]);
    const [first, second] = await Promise.all([taken(now + day), taken(now + day)]);
    expect([...first, ...second]).toEqual(['a.test']);
    expect(await taken(now + day + 599_999)).toEqual([]);
    expect(await taken(now + day + 600_000)).toEqual(['a.test']);
  });

  test('comes with what is known of it', async () => {
    const one = policy('a.test');
    await store.write(one, now + day, 'mail');
    await store.used(one, now + 5, now + day);
    await store.failed('a.test', failure, now + 7);
    const all = [{ stored: one, refreshAt: now + 7, usedAt: now + 5, failure }];
    expect(await store.list()).toEqual(all);
    expect(await store.takeDue(now + 8, 1)).toEqual(all);
  });

  test('is not fetched, if mail has not asked for it for a month; an operator may', async () => {
    const one = policy('a.test');
    await store.write(one, now + day, 'mail');
    const later = now + unusedForMs;
    expect(await taken(later - 1)).toEqual(['a.test']);
    expect(await taken(later + day)).toEqual([]);
    // It is looked at when it has expired, and what is known of it goes.
    expect(await raw.zscore('{test}:sts-due', 'a.test')).toBe(String(one.expiresAt + 600_000));
    expect(await store.refreshNow('a.test')).toBe(true);
    expect(await taken(later + day)).toEqual(['a.test']);
  });

  test('is fetched anew, if mail asks for it again', async () => {
    const one = policy('a.test');
    await store.write(one, now + day, 'mail');
    const later = now + unusedForMs + day;
    expect(await taken(later)).toEqual([]);
    await store.used(one, later, later + 5);
    expect(await taken(later + 5)).toEqual(['a.test']);
    // What is planned earlier stays.
    await store.failed('a.test', failure, later + 9_000);
    await store.used(one, later, later + 7);
    expect(await taken(later + 8_999)).toEqual([]);
    expect(await taken(later + 9_000)).toEqual(['a.test']);
  });

  test('is forgotten with all that is known of it, once it has expired', async () => {
    const one = policy('a.test');
    await store.write(one, now + day, 'mail');
    await store.failed('a.test', failure, now + day);
    await raw.pexpire('{test}:sts:a.test', 1);
    await expect.poll(() => raw.exists('{test}:sts:a.test')).toBe(0);
    expect(await taken(now + day)).toEqual([]);
    expect(await left()).toEqual(nothing);
  });

  test('by a clock that is ahead of that of Redis, is not asked for at every look', async () => {
    await store.write(policy('a.test', { days: 1 }), now + day, 'mail');
    expect(await taken(now + day)).toEqual([]);
    expect(await raw.zscore('{test}:sts-due', 'a.test')).toBe(String(now + day + 600_000));
    expect(await store.read('a.test')).toBeDefined();
  });
});

describe('one that an operator has dropped', () => {
  test('is not put back by a fetch for its refresh, which was under way', async () => {
    const one = policy('a.test');
    await store.write(one, now + day, 'mail');
    expect(await store.drop('a.test')).toBe(true);
    expect(await left()).toEqual(nothing);
    await store.write(policy('a.test', { id: 'b' }), now + day, 'refresh');
    await store.failed('a.test', failure, now + day);
    await store.used(one, now, now + day);
    expect(await store.refreshNow('a.test')).toBe(false);
    expect(await left()).toEqual(nothing);
    expect(await store.drop('a.test')).toBe(false);
  });

  test('comes back with the next mail', async () => {
    await store.write(policy('a.test'), now + day, 'mail');
    await store.drop('a.test');
    await store.write(policy('a.test', { id: 'b' }), now + day, 'mail');
    expect(await store.read('a.test')).toMatchObject({ id: 'b' });
  });
});

test('a refresh replaces what is there, and its failures are over', async () => {
  await store.write(policy('a.test'), now + day, 'mail');
  await store.failed('a.test', failure, now + 1);
  await store.write(policy('a.test', { id: 'b' }), now + 2 * day, 'refresh');
  const [one] = await store.list();
  expect(one).toEqual({ stored: policy('a.test', { id: 'b' }), refreshAt: now + 2 * day, usedAt: now });
});

test('of too many, those go that mail has not asked for for the longest time', async () => {
  store = storeOf(3);
  for (const [place, name] of ['a', 'b', 'c'].entries())
    await store.write(policy(`${name}.test`, { fetchedAt: now + place }), now + day, 'mail');
  await store.used(policy('a.test'), now + 10, now + day);
  await store.failed('b.test', failure, now + 1);
  await store.write(policy('d.test', { fetchedAt: now + 11 }), now + day, 'mail');
  // A refresh is no use.
  await store.write(policy('c.test', { fetchedAt: now + 12 }), now + day, 'refresh');
  expect(await left()).toEqual({
    policies: ['a', 'c', 'd'].map((name) => `{test}:sts:${name}.test`),
    due: ['a.test', 'c.test', 'd.test'],
    used: ['c.test', 'a.test', 'd.test'],
    failed: [],
  });
});
