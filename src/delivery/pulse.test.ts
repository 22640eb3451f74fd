import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createPulse } from './pulse.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test('those who wait share one timer, and hear when theirs holds', async () => {
  const pulse = createPulse(100);
  const met: string[] = [];
  const holds = { a: false, b: false };
  const [first, second] = (['a', 'b'] as const).map((name) => {
    const watch = pulse.until(() => holds[name]);
    void watch.met.then(() => met.push(name));
    return watch;
  });
  expect(vi.getTimerCount()).toBe(1);
  holds.b = true;
  await vi.advanceTimersByTimeAsync(100);
  expect(met).toEqual(['b']);
  holds.a = true;
  first?.end();
  second?.end();
  expect(vi.getTimerCount()).toBe(0);
  await vi.advanceTimersByTimeAsync(1_000);
  expect(met).toEqual(['b']);
});

test('the same condition may be waited for twice', async () => {
  const pulse = createPulse(100);
  const condition = (): boolean => true;
  const both = [pulse.until(condition), pulse.until(condition)];
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all(both.map(({ met }) => met));
  expect(vi.getTimerCount()).toBe(0);
});

test('a condition that throws is told to the one who waits for it, and to nobody else', async () => {
  const pulse = createPulse(100);
  const bad = pulse.until(() => {
    throw new Error('a bug');
  });
  const good = pulse.until(() => true);
  const told = expect(bad.met).rejects.toThrow('a bug');
  await vi.advanceTimersByTimeAsync(100);
  await Promise.all([told, good.met]);
  expect(vi.getTimerCount()).toBe(0);
});
