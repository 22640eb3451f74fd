import { expect, it } from 'vitest';
import type { QueueStore } from '../store/queue-store.ts';
import { openStickyMemories } from './sticky-memory.ts';

/** A store with so many destinations. */
function play(count: number) {
  const forgotten: string[] = [];
  const sticky = {
    proved: async () => {},
    hosts: async () => ({}),
    dropHosts: async () => {},
    sweep: async () => {},
    count: async () => count,
    oldest: async (most: number) => Array.from({ length: most }, (_, nth) => `${nth}.test`),
    forget: async (destination: string) => forgotten.push(destination) > 0,
  } as unknown as QueueStore['sticky'];
  return openStickyMemories({ sticky })
    .proved('x.test', 'mx.x.test', 0, 1)
    .then(() => forgotten);
}

it('the destinations that were proved the longest ago make room, some at a time', async () => {
  await expect(play(100_000)).resolves.toEqual([]);
  await expect(play(100_002)).resolves.toEqual(['0.test', '1.test']);
  await expect(play(200_000)).resolves.toHaveLength(100);
});
