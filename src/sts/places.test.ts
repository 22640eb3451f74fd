import { expect, test } from 'vitest';
import { createPlaces } from './places.ts';

const never = new AbortController().signal;

/** Work that lasts until it is ended. */
function works() {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  return {
    begun,
    work: (name: string) => () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.set(name, () => resolve(name)));
    },
    end: (name: string) => ends.get(name)?.(),
  };
}

test('so much at a time, in the order of asking', async () => {
  const places = createPlaces(2);
  const { begun, work, end } = works();
  const all = ['a', 'b', 'c', 'd'].map((name) => places.withPlace(work(name), never));
  expect(begun).toEqual(['a', 'b']);
  end('b');
  await all[1];
  await expect.poll(() => begun).toEqual(['a', 'b', 'c']);
  for (const name of ['a', 'c']) end(name);
  await expect.poll(() => begun).toContain('d');
  end('d');
  expect(await Promise.all(all)).toEqual(['a', 'b', 'c', 'd']);
  // All places are free again.
  void places.withPlace(work('e'), never);
  void places.withPlace(work('f'), never);
  expect(begun.slice(4)).toEqual(['e', 'f']);
});

test('whoever leaves the line is not begun, and keeps no place', async () => {
  const places = createPlaces(1);
  const { begun, work, end } = works();
  const leaving = new AbortController();
  const first = places.withPlace(work('a'), never);
  const left = places.withPlace(work('b'), leaving.signal);
  const last = places.withPlace(work('c'), never);
  leaving.abort(new Error('nobody waits'));
  await expect(left).rejects.toThrow('nobody waits');
  end('a');
  await first;
  await expect.poll(() => begun).toEqual(['a', 'c']);
  end('c');
  await last;
});

test('work that fails leaves its place to the next', async () => {
  const places = createPlaces(1);
  const failing = places.withPlace(() => Promise.reject(new Error('no')), never);
  const next = places.withPlace(async () => 'next', never);
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('next');
});
