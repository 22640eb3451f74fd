import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { startValidationWatch, type ValidationWatch } from './validation-watch.ts';
import type { Change } from './validation-words.ts';

const settled = { name: '.', aliases: [], ttl: 60 };
const secure: Answer<never> = { kind: 'found', records: [], secure: true, ...settled };
const insecure: Answer<never> = { kind: 'found', records: [], secure: false, ...settled };
const silent: Answer<never> = { kind: 'failed', cause: 'timeout', detail: 'no reply from 127.0.0.1:53' };

let watch: ValidationWatch | undefined;
beforeEach(() => void vi.useFakeTimers({ now: 50_000 }));
afterEach(() => {
  watch?.stop();
  vi.useRealTimers();
});
const pass = (ms: number): Promise<unknown> => vi.advanceTimersByTimeAsync(ms);

function setUp(...first: readonly Answer<never>[]) {
  const world = { answers: [...first], asked: first.map(() => 0), changes: [] as Change[] };
  const servers = first.map((_, at) => {
    const lookup: Lookup = async () => {
      world.asked[at] = (world.asked[at] ?? 0) + 1;
      return world.answers[at] ?? silent;
    };
    return { server: { address: `127.0.0.${at + 1}`, port: 53 }, lookup };
  });
  const started = startValidationWatch({
    servers,
    probes: { signed: { name: '.', type: 'NS' } },
    intervalMs: 30_000,
    holdMs: 10_000,
    now: () => Date.now(),
    onChange: (change) => world.changes.push(change),
  });
  watch = started;
  return { world, watch: started, texts: () => world.changes.map(({ text }) => text) };
}
const inUse = (of: ValidationWatch): readonly string[] => of.inUse().map(({ address }) => address);

test('startValidationWatch(): not validating until the first probe says so', async () => {
  const { watch, texts } = setUp(secure);
  expect(watch.state()).toMatchObject({ validating: false, sinceMs: 50_000 });
  expect(await watch.check()).toMatchObject({ validating: true, answering: true, failedProbes: [] });
  expect(texts()).toEqual([
    "DNSSEC validation is available: dnssec_probe 'ns:.' received a validated response",
  ]);
});

test('startValidationWatch(): tells what is wrong, what it means and what to do, once', async () => {
  const { world, watch } = setUp(secure);
  await pass(1000);
  world.answers[0] = insecure;
  await pass(60_000);
  expect(world.changes).toHaveLength(2);
  expect(watch.state()).toMatchObject({
    validating: false,
    answering: true,
    failedProbes: ['dnssec_probe'],
    sinceMs: 80_000,
    reason: expect.stringMatching(
      /^DNSSEC validation is unavailable: dnssec_probe 'ns:\.' received a response that is not DNSSEC validated; .*nothing is bounced; .*AD bit/,
    ) as string,
  });
  world.answers[0] = secure;
  await pass(6000);
  expect(watch.state().validating).toBe(true);
  expect(world.changes.map(({ severity }) => severity)).toEqual(['info', 'error', 'info']);
});

test('startValidationWatch(): silence is another trouble than an insecure answer', async () => {
  const { world, watch } = setUp(insecure);
  await pass(0);
  world.answers[0] = silent;
  await pass(2000);
  expect(world.changes).toHaveLength(2);
  expect(watch.state()).toMatchObject({
    answering: false,
    reason: expect.stringContaining(
      'no reply from 127.0.0.1:53; mail that needs a DNS lookup waits',
    ) as string,
  });
});

test('check(): probes anew while all is well, and believes nothing before the hysteresis is over', async () => {
  const { world, watch } = setUp(secure);
  expect((await watch.check()).validating).toBe(true);
  expect(world.asked).toEqual([2]);
  world.answers[0] = insecure;
  expect((await watch.check()).validating).toBe(false);
  world.answers[0] = secure;
  expect((await watch.check()).validating).toBe(false);
  expect(world.asked).toEqual([3]);
  await pass(1500);
  expect((await watch.check()).validating).toBe(true);
});

test('startValidationWatch(): a server that does not validate is left out while another does', async () => {
  const { world, watch, texts } = setUp(secure, secure);
  await pass(0);
  expect(inUse(watch)).toEqual(['127.0.0.1', '127.0.0.2']);
  world.answers[0] = insecure;
  expect(await watch.check()).toMatchObject({ validating: true, failedProbes: ['dnssec_probe'] });
  expect(inUse(watch)).toEqual(['127.0.0.2']);
  world.answers[0] = secure;
  await pass(1500);
  expect(inUse(watch)).toEqual(['127.0.0.1', '127.0.0.2']);
  expect(texts().slice(1)).toEqual([
    expect.stringMatching(
      /^DNS resolver 127\.0\.0\.1:53 is left out: dnssec_probe .*; mail goes on, 1 of 2 validate; use a/,
    ),
    expect.stringMatching(/^DNS resolver 127\.0\.0\.1:53 is in use again: dnssec_probe .*; 2 of 2 validate$/),
  ]);
  expect(world.changes.map(({ severity }) => severity)).toEqual(['info', 'warning', 'info']);
});

test('startValidationWatch(): nothing is said against the resolver before all servers had their turn', async () => {
  const { world, watch, texts } = setUp(insecure, secure);
  await watch.check();
  expect(world.changes.every(({ validating }) => validating)).toBe(true);
  expect(texts().join()).toContain('127.0.0.1:53 is left out');
});

test('startValidationWatch(): without one that validates all are named, and all are asked', async () => {
  const { watch, texts } = setUp(insecure, silent);
  expect((await watch.check()).validating).toBe(false);
  expect(texts()).toEqual([
    expect.stringMatching(
      /^DNSSEC validation is unavailable: 127\.0\.0\.1:53: .* not DNSSEC validated; 127\.0\.0\.2:53: .* failed: no reply/,
    ),
  ]);
  expect(inUse(watch)).toEqual(['127.0.0.1', '127.0.0.2']);
});

test('inUse(): one that recovers is asked before those that do not', async () => {
  const { world, watch } = setUp(insecure, insecure);
  await pass(0);
  world.answers[1] = secure;
  await pass(1000);
  expect(watch.state().validating).toBe(false);
  expect(inUse(watch)).toEqual(['127.0.0.2']);
});

test('confirm(): an unsigned answer takes a new probe, a signed one does not', async () => {
  const { world, watch } = setUp(secure);
  await pass(0);
  const generation = watch.generation();
  expect(await watch.confirm(generation, true)).toBe(true);
  expect(world.asked).toEqual([1]);
  expect(await watch.confirm(generation, false)).toBe(true);
  expect(world.asked).toEqual([2]);
  world.answers[0] = insecure;
  expect(await watch.confirm(generation, false)).toBe(false);
});

test('confirm(): no answer from before a change of servers', async () => {
  const { world, watch } = setUp(secure, secure);
  await pass(0);
  const generation = watch.generation();
  world.answers[0] = insecure;
  await watch.check();
  expect(await watch.confirm(generation, true)).toBe(false);
  expect(await watch.confirm(watch.generation(), false)).toBe(true);
});

test('confirm(): nothing of a server that another probe convicts during the proof', async () => {
  const world = { unsigned: insecure, delayMs: 0 };
  const started = startValidationWatch({
    servers: [
      {
        server: { address: '127.0.0.1', port: 53 },
        lookup: async (name) => {
          if (name !== '.') return world.unsigned;
          await new Promise((resolve) => setTimeout(resolve, world.delayMs));
          return secure;
        },
      },
    ],
    probes: { signed: { name: '.', type: 'NS' }, unsigned: { name: 'unsigned.example', type: 'MX' } },
    intervalMs: 1000,
    holdMs: 0,
    now: () => Date.now(),
    onChange: () => {},
  });
  watch = started;
  await pass(500);
  world.unsigned = secure;
  world.delayMs = 600;
  // The round begins before the proof, which then is a probe of its own and ends after it.
  await pass(700);
  const proof = started.confirm(started.generation(), false);
  await pass(1300);
  expect(await proof).toBe(false);
  expect(started.state().failedProbes).toEqual(['unsigned_probe']);
});

test('confirm(): waits for the first probes', async () => {
  const { watch } = setUp(secure);
  const early = watch.confirm(watch.generation(), true);
  expect(watch.state().validating).toBe(false);
  // The generation has changed with them, so the question is asked again.
  expect(await early).toBe(false);
  expect(watch.state().validating).toBe(true);
});

test('distrust(): what nobody could confirm keeps the state bad for a while', async () => {
  const { world, watch } = setUp(insecure);
  await pass(0);
  world.answers[0] = secure;
  await pass(1000);
  watch.distrust();
  await pass(9000);
  expect(watch.state().validating).toBe(false);
  await pass(1500);
  expect(watch.state().validating).toBe(true);
});

test('stop(): nothing is asked any more', async () => {
  const { world, watch } = setUp(secure);
  await pass(0);
  watch.stop();
  await pass(100_000);
  expect(world.asked).toEqual([1]);
  expect(vi.getTimerCount()).toBe(0);
});
