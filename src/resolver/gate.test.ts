import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Answer } from '../core/dns/answer.ts';
import { createGate } from './gate.ts';

const limitMs = 1000;
const found = { kind: 'found', records: [], secure: true, name: 'x', aliases: [], ttl: 1 } as Answer<never>;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Something that ends when it is told to. */
function task(): { run: () => Promise<void>; end: () => void; runs: () => number } {
  let end = (): void => {};
  let runs = 0;
  const run = (): Promise<void> => {
    runs += 1;
    return new Promise<void>((resolve) => (end = resolve));
  };
  return { run, end: () => end(), runs: () => runs };
}

function guarded(limit = limitMs) {
  const gate = createGate(limit);
  const asked: string[] = [];
  const ends: (() => void)[] = [];
  const lookup = gate.guard((name: string) => {
    asked.push(name);
    return new Promise<Answer<never>>((resolve) => ends.push(() => resolve(found)));
  });
  return { gate, lookup, asked, endAll: () => ends.splice(0).forEach((end) => end()) };
}
const settle = () => vi.advanceTimersByTimeAsync(0);

test('during(): waits for what is under way, keeps what comes later waiting, and opens', async () => {
  const { gate, lookup, asked, endAll } = guarded();
  const [first, work] = [lookup('first', 'A'), task()];
  const done = gate.during(work.run);
  const second = lookup('second', 'A');
  await settle();
  expect([asked, work.runs()]).toEqual([['first'], 0]);
  endAll();
  await first;
  await settle();
  expect([asked, work.runs()]).toEqual([['first'], 1]);
  work.end();
  await done;
  await settle();
  expect(asked).toEqual(['first', 'second']);
  endAll();
  expect(await second).toBe(found);
});

test('during(): waits for nobody longer than its limit, and lets nobody wait longer', async () => {
  const { gate, lookup, asked } = guarded();
  const work = task();
  void lookup('stuck', 'A');
  const done = gate.during(work.run);
  await vi.advanceTimersByTimeAsync(limitMs);
  expect(work.runs()).toBe(1);
  void lookup('late', 'A');
  await vi.advanceTimersByTimeAsync(limitMs - 1);
  expect(asked).toEqual(['stuck']);
  await vi.advanceTimersByTimeAsync(1);
  expect(asked).toEqual(['stuck', 'late']);
  work.end();
  await done;
});

test('during(): opens when the work fails, and says so', async () => {
  const { gate, lookup, asked } = guarded();
  await expect(gate.during(() => Promise.reject(new Error('no')))).rejects.toThrow('no');
  void lookup('next', 'A');
  await settle();
  expect(asked).toEqual(['next']);
});

test('during(): one after the other', async () => {
  const { gate } = guarded();
  const [one, two] = [task(), task()];
  const first = gate.during(one.run);
  const second = gate.during(two.run);
  await settle();
  expect([one.runs(), two.runs()]).toEqual([1, 0]);
  one.end();
  await first;
  await settle();
  expect(two.runs()).toBe(1);
  two.end();
  await second;
});

test('guard(): whoever waits can be called off, and is not asked for', async () => {
  const { gate, lookup, asked } = guarded();
  const work = task();
  void gate.during(work.run);
  const abort = new AbortController();
  const waiting = lookup('gone', 'A', abort.signal);
  abort.abort(new Error('stopped'));
  await expect(waiting).rejects.toThrow('stopped');
  work.end();
  await settle();
  expect(asked).toEqual([]);
});

test('guard(): a lookup that throws is at an end too', async () => {
  const gate = createGate(limitMs);
  const lookup = gate.guard(() => Promise.reject(new Error('called off')));
  await expect(lookup('x', 'A')).rejects.toThrow('called off');
  const work = task();
  const done = gate.during(work.run);
  await settle();
  expect(work.runs()).toBe(1);
  work.end();
  await done;
});
