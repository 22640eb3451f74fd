import { expect, it } from 'vitest';
import { FLUSHED_AT_ONCE } from '../scripts/flush.ts';
import { flushWhere, type FlushPorts } from './flush.ts';

/** A queue of so many destinations, each with so many deferred messages. */
function play(count: number, messages: number) {
  const waiting = new Map(Array.from({ length: count }, (_, at) => [`d${at}.test`, messages]));
  const unsuspended: string[] = [];
  const steps: number[] = [];
  let [underWay, most] = [0, 0];
  const ports = {
    redis: { zcard: async (key: string) => waiting.get(key.slice(2)) ?? 0 },
    base: '',
    now: () => 1e12,
    alarms: { wake: async () => {} },
    store: {
      destinations: async () => [...waiting.keys()],
      unsuspend: async (names: readonly string[]) => void unsuspended.push(...names),
      async flush({ destination }: { readonly destination: string }) {
        most = Math.max(most, (underWay += 1));
        await new Promise((resolve) => setImmediate(resolve));
        underWay -= 1;
        const left = waiting.get(destination) ?? 0;
        const step = Math.min(left, FLUSHED_AT_ONCE);
        waiting.set(destination, left - step);
        steps.push(step);
        return { count: step, wakeups: [] };
      },
    },
  };
  const flushed = flushWhere(() => true, ports as unknown as FlushPorts);
  return flushed.then((done) => ({ done, unsuspended, steps, most, waiting }));
}

it('flushes several destinations together, and each of them', async () => {
  const { done, unsuspended, most } = await play(1_000, 3);
  expect(done).toBe(3_000);
  expect(new Set(unsuspended).size).toBe(1_000);
  expect(most).toBe(20);
});

it('flushes a large one in short steps', async () => {
  const { done, steps, waiting } = await play(1, 1_100);
  expect(done).toBe(1_100);
  expect(Math.max(...steps)).toBe(250);
  expect([...waiting.values()]).toEqual([0]);
});
