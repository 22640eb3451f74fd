import { Redis } from 'ioredis';
import { expect, it } from 'vitest';
import type { CountedSession } from '../../../src/core/mail/history.ts';
import { openQueueStore } from '../../../src/queue/store/queue-store.ts';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { startPrivateRedis } from '../../support/private-redis.ts';
import { incoming, queueFor, runOf } from './queue-kit.ts';

/** Sessions are counted in the step that stores an outcome, and a report is given to one sender at a time. */

const keep = belongings();

const limits = { recipients: 1, keptMs: 1, keyMs: 1, events: 1 };
const day = '2026-11-28';
const due = Date.UTC(2026, 10, 29, 2);

function session(policy: string, faults: readonly string[] = [], domain = 'x.test'): CountedSession {
  return { day, domain, dueAt: due, policy: { id: policy.slice(0, 16), text: policy }, faults };
}

async function world() {
  const redis = keep(await startPrivateRedis());
  const raw = new Redis(redis.socketPath);
  keep({ [Symbol.asyncDispose]: async () => raw.disconnect() });
  const queue = await queueFor(keep, redis.socketPath);
  return { redis, raw, queue, store: openQueueStore(raw, '{test}:') };
}

/** Delivers a message whose attempt has opened these sessions; each outcome is stored so many times. */
async function deliver(
  { queue }: Pick<Awaited<ReturnType<typeof world>>, 'queue'>,
  sessionsOf: () => readonly CountedSession[],
  { messages = 1, times = 1 } = {},
): Promise<void> {
  let done = 0;
  await queue.serve(
    runOf(async (claim, lease) => {
      const history = { limits, sessions: sessionsOf() };
      for (let time = 0; time < times; time += 1) await lease.settle(claim, { history });
      done += 1;
    }),
    10,
  );
  for (let count = 1; count <= messages; count += 1) {
    await queue.accept(incoming(['u@x.test']));
    await until(() => done === count);
  }
}

/** Delivers a message each time, whose attempt has opened these sessions. */
async function deliverer({
  queue,
}: Pick<Awaited<ReturnType<typeof world>>, 'queue'>): Promise<
  (sessions: readonly CountedSession[]) => Promise<void>
> {
  let now: readonly CountedSession[] = [];
  let [done, wanted] = [0, 0];
  await queue.serve(
    runOf(async (claim, lease) => {
      await lease.settle(claim, { history: { limits, sessions: now } });
      done += 1;
    }),
    10,
  );
  return async (sessions) => {
    now = sessions;
    wanted += 1;
    await queue.accept(incoming(['u@x.test']));
    await until(() => done === wanted);
  };
}

const fault = '{"result-type":"certificate-expired"}';

it('each session is counted once, however often an outcome is stored', async () => {
  const { raw, queue } = await world();
  const sessions = [session('{"a":1}'), session('{"a":1}'), session('{"b":2}', [fault, '{"x":1}'])];
  await deliver({ queue }, () => sessions, { messages: 3, times: 2 });
  const { octets, ...fields } = await raw.hgetall(`{test}:tlsrpt:${day} x.test`);
  expect(fields).toEqual({
    'p {"a":1}': '{"a":1}',
    's {"a":1}': '6',
    'p {"b":2}': '{"b":2}',
    'f {"b":2}': '3',
    [`d {"b":2} ${fault}`]: '3',
    'd {"b":2} {"x":1}': '3',
  });
  expect(Number(octets)).toBeGreaterThan(100);
  expect(await queue.tlsReports.waiting(10)).toEqual([{ name: `${day} x.test`, dueAt: due }]);
  expect(await raw.pttl(`{test}:tlsrpt:${day} x.test`)).toBeGreaterThan(0);
});

it('a domain with ever new policies and faults takes no more than its room; what is known is still counted', async () => {
  const { raw, queue } = await world();
  const known = session('{"a":1}', [fault]);
  let attempts = 0;
  let nth = 0;
  const sessionsOf = (): readonly CountedSession[] => {
    attempts += 1;
    if (attempts === 1 || attempts === 5) return [known];
    return Array.from({ length: 100 }, () => {
      nth += 1;
      const policy = `${String(nth).padStart(16, '0')}${'x'.repeat(3_000)}`;
      return session(policy, [`${nth} ${'y'.repeat(200)}`]);
    });
  };
  await deliver({ queue }, sessionsOf, { messages: 5 });
  const fields = await raw.hgetall(`{test}:tlsrpt:${day} x.test`);
  expect(Number(fields['octets'])).toBeLessThanOrEqual(64 * 1024);
  expect([fields['f {"a":1}'], fields[`d {"a":1} ${fault}`]]).toEqual(['2', '2']);
  expect(await queue.tlsReports.leftOut(day)).toBeGreaterThan(200);
});

it('a report is given to one sender at a time, and to the next one when that one has died', async () => {
  const { raw, queue, store } = await world();
  await deliver({ queue }, () => [session('{"a":1}')]);
  const wanted = { now: due, leaseMs: 1_000 };
  expect(await store.takeReport({ ...wanted, now: due - 1, token: 'early' })).toBeUndefined();
  const [one, other] = await Promise.all([
    store.takeReport({ ...wanted, token: 'one' }),
    store.takeReport({ ...wanted, token: 'other' }),
  ]);
  expect(one?.name).toBe(`${day} x.test`);
  expect(other).toBeUndefined();
  const next = await store.takeReport({ ...wanted, now: due + 1_000, token: 'next' });
  // Under the name that the first one gave it: who has that report already knows it again.
  expect([next?.fields.get('name'), next?.fields.get('s {"a":1}')]).toEqual(['one', '1']);
  expect(await store.settleReport({ name: `${day} x.test`, token: 'one' })).toBe(false);
  const again = { at: due + 9_000, progress: '{"attempts":1,"since":1,"done":[]}' };
  expect(await store.settleReport({ name: `${day} x.test`, token: 'next', again })).toBe(true);
  expect(await store.takeReport({ ...wanted, now: due + 8_999, token: 'x' })).toBeUndefined();
  expect(await store.hastenReport({ name: `${day} x.test`, now: due })).toBe(true);
  const last = await store.takeReport({ ...wanted, token: 'last' });
  expect(last?.fields.get('progress')).toBe(again.progress);
  expect(await store.hastenReport({ name: `${day} x.test`, now: due })).toBe(false);
  expect(await store.settleReport({ name: `${day} x.test`, token: 'last' })).toBe(true);
  expect(await raw.keys('{test}:tlsrpt:*')).toEqual([]);
  expect(await raw.hget(`{test}:tlsrpt-octets:${day}`, 'octets')).toBe('0');
  expect(await store.takeReport({ ...wanted, now: due + 1e9, token: 'x' })).toBeUndefined();
});

it('what comes when a report was begun, or sent, is left out: there is one report of a day', async () => {
  const { queue, store } = await world();
  const count = await deliverer({ queue });
  const name = `${day} x.test`;
  const sessions = [session('{"a":1}'), session('{"a":1}', [], 'y.test')];
  await count(sessions);
  const taken = await store.takeReport({ now: due, leaseMs: 1_000, token: 'one' });
  expect(taken?.name).toBe(name);
  await count(sessions);
  const again = { at: due, progress: '{}' };
  await store.settleReport({ name, token: 'one', again });
  await count(sessions);
  const next = await store.takeReport({ now: due, leaseMs: 1_000, token: 'next' });
  expect([next?.name, next?.fields.get('s {"a":1}')]).toEqual([name, '1']);
  await store.settleReport({ name, token: 'next' });
  await count(sessions);
  expect(await queue.tlsReports.counts(name)).toBeUndefined();
  expect(await queue.tlsReports.leftOut(day)).toBe(3);
  expect((await queue.tlsReports.waiting(10)).map((one) => one.name)).toEqual([`${day} y.test`]);
  expect((await queue.tlsReports.counts(`${day} y.test`))?.fields.get('s {"a":1}')).toBe('4');
  // Another day is another report.
  await count([{ ...session('{"a":1}'), day: '2026-11-29' }]);
  expect(await queue.tlsReports.counts('2026-11-29 x.test')).toBeDefined();
});

it.each([
  ['usual domains', 'x', '{"policy-type":"no-policy-found","policy-string":[],"policy-domain":"x.test"}', 0],
  ['domains with long names', 'x'.repeat(200), 'p'.repeat(200), 0],
  ['domains with faults', 'x', 'p'.repeat(80), 5],
  ['domains with many faults', 'x', 'p'.repeat(80), 60],
  ['domains with a long policy', 'x', 'p'.repeat(4_300), 1],
])('what is counted for %s has room for what Redis really keeps', async (_, label, policy, faults) => {
  const { raw, queue, store } = await world();
  const count = await deliverer({ queue });
  const texts = Array.from({ length: faults }, (__, nth) => `${nth} ${'f'.repeat(150)}`);
  const domains = 200;
  const sessions = Array.from({ length: domains }, (__, nth) =>
    session(policy, texts, `${label}${nth}.test`),
  );
  const successes = sessions.map((one) => ({ ...one, faults: [] }));
  await count([...sessions, ...successes]);
  await Promise.all(sessions.map(() => store.takeReport({ now: due, leaseMs: 1_000, token: 'a' })));
  // The tables of Redis itself have an entry for the key and one for its time to live; the former is known to it.
  const entryOctets = 48;
  const sizeOf = async (key: string): Promise<number> => (await raw.memory('USAGE', key, 'SAMPLES', 0)) ?? 0;
  const sizes = await Promise.all(sessions.map(({ domain }) => sizeOf(`{test}:tlsrpt:${day} ${domain}`)));
  const ofDays = sizes.reduce((sum, size) => sum + size + entryOctets, 0);
  const used = ofDays + (await sizeOf('{test}:tlsrpt-due'));
  const charged = Number(await raw.hget(`{test}:tlsrpt-octets:${day}`, 'octets'));
  expect(await queue.tlsReports.leftOut(day)).toBe(0);
  expect(used).toBeLessThan(charged);
  expect(charged).toBeLessThan(2 * used);
});

it('all of it goes by itself', async () => {
  const { raw, queue, store } = await world();
  const count = await deliverer({ queue });
  const kept = async (): Promise<readonly boolean[]> =>
    Promise.all((await raw.keys('{test}:tlsrpt*')).map(async (key) => (await raw.pttl(key)) > 1_000));
  await count([session('{"a":1}'), session('{"a":1}', [], 'y.test')]);
  expect(await kept()).toEqual([true, true, true, true]);
  const wanted = { now: due, leaseMs: 1_000, token: 'a' };
  // As if nothing more was counted for days.
  await raw.pexpire('{test}:tlsrpt-due', 500);
  const taken = await store.takeReport(wanted);
  expect(await kept()).toEqual([true, true, true, true]);
  await raw.pexpire('{test}:tlsrpt-due', 500);
  const name = taken?.name ?? '';
  await store.settleReport({ name, token: 'a', again: { at: due, progress: '{}' } });
  expect(await kept()).toEqual([true, true, true, true]);
  await store.takeReport(wanted);
  await store.settleReport({ name, token: 'a' });
  expect(await kept()).toEqual([true, true, true, true]);
});

it('counters that are gone are no report', async () => {
  const { raw, queue, store } = await world();
  await deliver({ queue }, () => [session('{"a":1}')]);
  await raw.del(`{test}:tlsrpt:${day} x.test`);
  expect(await store.takeReport({ now: due, leaseMs: 1_000, token: 'one' })).toBeUndefined();
  expect(await queue.tlsReports.waiting(10)).toEqual([]);
});

it('knows who gets no reports', async () => {
  const { queue } = await world();
  expect(await queue.tlsReports.suppress('x.test', 5)).toBe(true);
  expect(await queue.tlsReports.suppress('x.test', 9)).toBe(true);
  expect(await queue.tlsReports.suppressed()).toEqual(new Map([['x.test', 5]]));
  expect(await queue.tlsReports.suppressedOf(['y.test', 'x.test'])).toEqual(new Set(['x.test']));
  expect(await queue.tlsReports.suppressedOf([])).toEqual(new Set());
  expect([await queue.tlsReports.unsuppress('x.test'), await queue.tlsReports.unsuppress('x.test')]).toEqual([
    true,
    false,
  ]);
});

it('what is known of its sending is charged, too, and given back when it is done', async () => {
  const { raw, queue, store } = await world();
  await deliver({ queue }, () => [session('{"a":1}')]);
  const [name, whole] = [`${day} x.test`, `{test}:tlsrpt-octets:${day}`];
  const octets = async () => [
    Number(await raw.hget(`{test}:tlsrpt:${name}`, 'octets')),
    Number(await raw.hget(whole, 'octets')),
  ];
  const [own = 0, all = 0] = await octets();
  for (const progress of ['x'.repeat(100), 'x'.repeat(1_000), 'x'.repeat(1_000)]) {
    await store.takeReport({ now: due, leaseMs: 1_000, token: 't' });
    expect(await store.settleReport({ name, token: 't', again: { at: due, progress } })).toBe(true);
  }
  // The last one alone: its name, its text, and a quarter more.
  const charged = Math.ceil(1_008 * 1.25) + 64;
  expect(await octets()).toEqual([own + charged, all + charged]);
  await store.takeReport({ now: due, leaseMs: 1_000, token: 't' });
  await store.settleReport({ name, token: 't' });
  expect(await octets()).toEqual([0, 0]);
});
