import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { KnownHealth } from '../../../src/core/check/known-health.ts';
import {
  openDestinationHealth,
  type MailedDestination,
} from '../../../src/queue/operator/destination-health.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';

/** Which destinations are mailed, who checks them, and what was found: each once, and all of it ends. */

const keep = belongings();
const day = 86_400_000;

async function world(most?: number) {
  const redis = keep(await startPrivateRedis());
  const raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  return { raw, health: openDestinationHealth(openQueueStore(raw, '{test}:'), most) };
}

async function all(list: AsyncIterable<MailedDestination>): Promise<readonly MailedDestination[]> {
  const found: MailedDestination[] = [];
  for await (const one of list) found.push(one);
  return found;
}

const right = (destination: string, at: number): KnownHealth => ({
  destination,
  judged: { at, verdict: 'protected' },
  findings: [],
});

it('each destination is given to one relay, once in the interval', async () => {
  const { health } = await world();
  const now = Date.now();
  expect(await health.takeDue(now, day)).toBeUndefined();
  await health.mailed('a.test', now);
  await health.mailed('b.test', now + 1);
  // Of relays that ask at the same moment none gets what another has.
  const taken = await Promise.all([1, 2, 3].map(() => health.takeDue(now, day)));
  expect(new Set(taken.map((one) => one?.destination))).toEqual(new Set(['a.test', 'b.test', undefined]));
  expect(await health.put(right('a.test', now), now)).toBe(true);
  // A relay that has died with one loses it after a while.
  expect(await health.takeDue(now + 599_000, day)).toBeUndefined();
  expect(await health.takeDue(now + 601_000, day)).toEqual({ destination: 'b.test' });
  expect(await health.put(right('b.test', now), now + 601_000)).toBe(true);
  // Mail for it meanwhile makes no difference.
  await health.mailed('a.test', now + day - 1);
  expect(await health.takeDue(now + day - 1, day)).toBeUndefined();
  expect(await health.takeDue(now + day, day)).toEqual({
    destination: 'a.test',
    health: right('a.test', now),
  });
  // Another interval counts at once.
  expect(await health.put(right('a.test', now + day), now + day)).toBe(true);
  expect(await health.takeDue(now + day, day)).toBeUndefined();
  expect(await health.takeDue(now + day, day / 2)).toMatchObject({ destination: 'b.test' });
});

it('a clock that was ahead keeps no destination from being checked', async () => {
  const { health } = await world();
  const now = Date.now();
  await health.mailed('a.test', now);
  await health.put(right('a.test', now), now + 30 * day);
  expect(await health.takeDue(now, day)).toMatchObject({ destination: 'a.test' });
  // By a little, clocks always differ.
  await health.put(right('a.test', now), now + 60_000);
  expect(await health.takeDue(now, day)).toBeUndefined();
});

it('what is known ends after the last mail, and nothing is left of it', async () => {
  const { raw, health } = await world();
  const now = Date.now();
  await health.mailed('a.test', now);
  await health.mailed('b.test', now + 13 * day);
  await health.put(right('a.test', now), now);
  const keys = (await raw.keys('*')).toSorted();
  expect(keys).toEqual(['{test}:health-checked', '{test}:health-mailed', '{test}:health:a.test']);
  for (const key of keys) expect(await raw.pttl(key)).toBeGreaterThan(0);
  // An earlier time does not shorten the life of others.
  await health.mailed('a.test', now - day);
  expect(await raw.pexpiretime('{test}:health-mailed')).toBe(now + 27 * day);
  expect(await health.takeDue(now + 14 * day + 1, day)).toEqual({ destination: 'b.test' });
  expect(await raw.zrange('{test}:health-checked', '0', '-1')).toEqual(['b.test']);
  expect(await raw.exists('{test}:health:a.test')).toBe(0);
  // What a check has found in the meantime does not bring it back.
  expect(await health.put(right('a.test', now), now)).toBe(false);
  expect(await raw.exists('{test}:health:a.test')).toBe(0);
});

it('of too many those go that were mailed the longest ago', async () => {
  const { raw, health } = await world(2);
  const now = Date.now();
  await health.mailed('a.test', now);
  await health.put(right('a.test', now), now);
  await health.mailed('b.test', now + 1);
  await health.mailed('c.test', now + 2);
  expect((await all(health.list())).map(({ destination }) => destination)).toEqual(['c.test', 'b.test']);
  expect((await raw.keys('*')).toSorted()).toEqual(['{test}:health-checked', '{test}:health-mailed']);
});

it('what is forgotten is gone, and comes back with the next mail', async () => {
  const { raw, health } = await world();
  const now = Date.now();
  await health.mailed('a.test', now);
  await health.put(right('a.test', now), now);
  await health.forget('a.test');
  expect(await raw.keys('*')).toEqual([]);
  expect(await health.put(right('a.test', now), now)).toBe(false);
  await health.mailed('a.test', now);
  expect(await health.takeDue(now, day)).toEqual({ destination: 'a.test' });
});

it('lists what is known, of all or of some, and nothing of what cannot be read', async () => {
  const { raw, health } = await world();
  const now = Date.now();
  for (let nth = 0; nth < 250; nth += 1) await health.mailed(`${nth}.test`, now + nth);
  await health.put(right('249.test', now), now);
  await health.put(right('248.test', now), now);
  await raw.set('{test}:health:248.test', '{"newer":1}');
  const found = await all(health.list());
  expect(found).toHaveLength(250);
  expect(found.slice(0, 3)).toEqual([
    { destination: '249.test', health: right('249.test', now) },
    { destination: '248.test' },
    { destination: '247.test' },
  ]);
  expect(await all(health.list(['none.test', '249.test']))).toEqual([found[0]]);
});
