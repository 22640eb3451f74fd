import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer, Lookup } from '../core/dns/answer.ts';
import { startValidationWatch } from './validation-watch.ts';
import type { ValidationState, ValidationWatch } from './validation-watch.ts';

const settled = { name: '.', aliases: [], ttl: 60 };
const secure: Answer<never> = { kind: 'absent', denial: 'NODATA', secure: true, ...settled };
const insecure: Answer<never> = { kind: 'absent', denial: 'NODATA', secure: false, ...settled };
const silent: Answer<never> = { kind: 'failed', cause: 'timeout', detail: 'no reply from 127.0.0.1:53' };

let watch: ValidationWatch | undefined;
beforeEach(() => {
  vi.useFakeTimers({ now: 50_000 });
});
afterEach(() => {
  watch?.stop();
  vi.useRealTimers();
});

function setUp(first: Answer<never>) {
  const world = { answer: first, asked: [] as number[], changes: [] as ValidationState[] };
  const lookup: Lookup = async (name, type) => {
    expect([name, type]).toEqual(['.', 'NS']);
    world.asked.push(Date.now());
    return world.answer;
  };
  watch = startValidationWatch({
    lookup,
    probe: { name: '.', type: 'NS' },
    intervalMs: 30_000,
    now: () => Date.now(),
    onChange: (state) => world.changes.push(state),
  });
  return { world, watch };
}

test('startValidationWatch(): not validating until the first probe says so', async () => {
  const { world, watch } = setUp(secure);
  expect(watch.state()).toMatchObject({ validating: false, sinceMs: 50_000 });
  await vi.advanceTimersByTimeAsync(0);
  expect(watch.state()).toMatchObject({ validating: true });
  expect(world.changes.map(({ validating }) => validating)).toEqual([true]);
});

test('startValidationWatch(): probes at the interval and reports no change twice', async () => {
  const { world } = setUp(secure);
  await vi.advanceTimersByTimeAsync(95_000);
  expect(world.asked).toEqual([50_000, 80_000, 110_000, 140_000]);
  expect(world.changes).toHaveLength(1);
});

test('startValidationWatch(): a resolver that lost DNSSEC is probed each second at first, then each five', async () => {
  const { world, watch } = setUp(secure);
  await vi.advanceTimersByTimeAsync(1000);
  world.answer = insecure;
  await vi.advanceTimersByTimeAsync(29_000 + 22_000);
  expect(world.asked.slice(2).map((at) => at - 80_000)).toEqual([1000, 3000, 6000, 10_000, 15_000, 20_000]);
  expect(world.changes).toHaveLength(2);
  expect(watch.state().sinceMs).toBe(80_000);
  expect(watch.state().reason).toMatch(
    /^DNSSEC validation is unavailable: dnssec_probe 'ns:\.' received a response that is not DNSSEC validated; .*nothing is bounced; .*AD bit/,
  );
  world.answer = secure;
  await vi.advanceTimersByTimeAsync(5000);
  expect(watch.state().validating).toBe(true);
  expect(world.changes.map(({ validating }) => validating)).toEqual([true, false, true]);
});

test('startValidationWatch(): silence is another trouble than an insecure answer', async () => {
  const { world, watch } = setUp(insecure);
  await vi.advanceTimersByTimeAsync(0);
  world.answer = silent;
  await vi.advanceTimersByTimeAsync(2000);
  expect(world.changes).toHaveLength(2);
  expect(watch.state().reason).toContain('no reply from 127.0.0.1:53; mail that needs a DNS lookup waits');
});

test('check(): a recent success is good enough, an older one is probed again', async () => {
  const { world, watch } = setUp(secure);
  await vi.advanceTimersByTimeAsync(5000);
  await watch.check(5000);
  expect(world.asked).toHaveLength(1);
  world.answer = insecure;
  expect(await watch.check(4999)).toMatchObject({ validating: false });
  expect(world.asked).toHaveLength(2);
});

test('check(): while not validating it always probes, once for all who ask', async () => {
  const { world, watch } = setUp(insecure);
  await vi.advanceTimersByTimeAsync(0);
  world.answer = secure;
  const states = await Promise.all([watch.check(60_000), watch.check(60_000)]);
  expect(states.map(({ validating }) => validating)).toEqual([true, true]);
  expect(world.asked).toHaveLength(2);
});

test('stop(): nothing is asked any more', async () => {
  const { world, watch } = setUp(secure);
  await vi.advanceTimersByTimeAsync(0);
  watch.stop();
  await vi.advanceTimersByTimeAsync(100_000);
  await watch.check(0);
  expect(world.asked).toHaveLength(1);
  expect(vi.getTimerCount()).toBe(0);
});
