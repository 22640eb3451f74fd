import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import type { Probes } from './probes.ts';
import { watchServer, type ServerWatch, type ServerStanding } from './server-watch.ts';

const settled = { name: '.', aliases: [], ttl: 60 };
const secure: Answer<never> = { kind: 'found', records: [], secure: true, ...settled };
const insecure: Answer<never> = { kind: 'found', records: [], secure: false, ...settled };
const probes: Probes = {
  signed: { type: 'NS', name: '.' },
  unsigned: { type: 'MX', name: 'unsigned.example' },
};

let watch: ServerWatch | undefined;
beforeEach(() => void vi.useFakeTimers({ now: 0 }));
afterEach(() => {
  watch?.stop();
  vi.useRealTimers();
});

function setUp(signed: Answer<never> = secure) {
  const world = {
    signed,
    unsigned: insecure,
    asked: [] as number[],
    mayReturn: true,
    changes: [] as ServerStanding[],
    delayMs: 0,
  };
  const lookup: Lookup = async (name) => {
    if (name === '.') world.asked.push(Date.now());
    const answer = name === '.' ? world.signed : world.unsigned;
    if (name !== '.' && world.delayMs > 0) await new Promise((resolve) => setTimeout(resolve, world.delayMs));
    return answer;
  };
  const started = watchServer({
    lookup,
    probes,
    intervalMs: 30_000,
    now: () => Date.now(),
    mayReturn: () => world.mayReturn,
    onChange: () => world.changes.push(started.standing()),
  });
  watch = started;
  return { world, watch: started };
}
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

test('watchServer(): sound after the first good round, and asked again at the interval', async () => {
  const { world, watch } = setUp();
  expect(watch.standing()).toBe('unknown');
  await watch.begun;
  expect(watch.standing()).toBe('sound');
  await pass(65_000);
  expect(world.asked).toEqual([0, 30_000, 60_000]);
  expect(world.changes).toEqual(['sound']);
});

test('watchServer(): one bad probe is enough, and two good rounds half a second apart are needed', async () => {
  const { world, watch } = setUp();
  await pass(1000);
  world.signed = insecure;
  expect(await watch.fresh()).toBe(false);
  expect(watch.standing()).toBe('unsound');
  expect(watch.shortcoming()?.kind).toBe('does not validate');
  world.signed = secure;
  await pass(1000);
  expect(watch.standing()).toBe('recovering');
  await pass(499);
  expect(watch.standing()).toBe('recovering');
  await pass(1);
  expect(watch.standing()).toBe('sound');
  expect(watch.shortcoming()).toBeUndefined();
  expect(world.changes).toEqual(['sound', 'unsound', 'recovering', 'sound']);
});

test('watchServer(): one that flaps faster than that is never sound', async () => {
  const { world, watch } = setUp(insecure);
  await pass(1);
  for (let round = 0; round < 50; round++) {
    world.signed = secure;
    while (watch.standing() === 'unsound') await pass(100);
    world.signed = insecure;
    while (watch.standing() === 'recovering') await pass(100);
  }
  expect(world.changes).not.toContain('sound');
});

test('watchServer(): good probes in between do not hasten recovery', async () => {
  const { world, watch } = setUp(insecure);
  await pass(1);
  world.signed = secure;
  await watch.fresh();
  await watch.fresh();
  expect(watch.standing()).toBe('unsound');
});

test('watchServer(): while it does not validate it is asked each second at first, then each five', async () => {
  const { world } = setUp(insecure);
  await pass(22_000);
  expect(world.asked).toEqual([0, 1000, 3000, 6000, 10_000, 15_000, 20_000]);
  expect(world.changes).toEqual(['unsound']);
});

test('watchServer(): the other probes are asked in every round', async () => {
  const { world, watch } = setUp();
  await pass(1);
  world.unsigned = secure;
  expect(await watch.fresh()).toBe(true);
  await pass(30_000);
  expect(watch.standing()).toBe('unsound');
  expect(watch.shortcoming()).toMatchObject({ kind: 'signs everything', probe: 'unsigned_probe' });
});

test('watchServer(): names that everybody knows are asked for once an hour, not in every round', async () => {
  const asked: string[] = [];
  let google = insecure;
  const lookup: Lookup = async (name) => {
    if (name !== '.') asked.push(name);
    return name === '.' ? secure : google;
  };
  const started = watchServer({
    lookup,
    probes: { signed: probes.signed, publicOnes: ['unsigned'] },
    intervalMs: 30_000,
    now: () => Date.now(),
    mayReturn: () => true,
    onChange: () => undefined,
  });
  watch = started;
  await pass(3_599_000);
  expect([started.standing(), asked]).toEqual(['sound', ['google.com']]);
  google = secure;
  await pass(31_000);
  expect(started.shortcoming()).toMatchObject({ kind: 'signs everything' });
  google = insecure;
  await pass(28_000);
  expect(started.standing()).toBe('unsound');
  await pass(10_000);
  expect(started.standing()).toBe('sound');
});

test('watchServer(): it does not return before it may', async () => {
  const { world, watch } = setUp(insecure);
  await pass(1);
  Object.assign(world, { signed: secure, mayReturn: false });
  await pass(60_000);
  expect(watch.standing()).toBe('recovering');
  world.mayReturn = true;
  await pass(500);
  expect(watch.standing()).toBe('sound');
});

test('watchServer(): a round that was good at its beginning does not outweigh a bad probe since', async () => {
  const { world, watch } = setUp();
  await pass(1);
  world.delayMs = 100;
  await pass(30_049);
  // The signed probe of the second round is answered, the unsigned one is under way.
  world.signed = insecure;
  expect(await watch.fresh()).toBe(false);
  await pass(100);
  expect(watch.standing()).toBe('unsound');
});

test('stop(): nothing is asked any more', async () => {
  const { world, watch } = setUp();
  await pass(1);
  watch.stop();
  await pass(100_000);
  expect(world.asked).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
