import { expect, test } from 'vitest';
import { inOrder } from './in-order.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test('inOrder(): results come in the order of the items, and so many are under way at most', async () => {
  let running = 0;
  let most = 0;
  const got: number[] = [];
  const items = Array.from({ length: 20 }, (_, at) => at);
  for await (const result of inOrder(items, 3, async (item) => {
    running += 1;
    most = Math.max(most, running);
    for (let wait = (item * 7) % 5; wait >= 0; wait--) await turn();
    running -= 1;
    return item * 2;
  }))
    got.push(result);
  expect(got).toEqual(items.map((item) => item * 2));
  expect(most).toBe(3);
});

test('inOrder(): nothing runs far ahead of an item that takes long', async () => {
  let begun = 0;
  let release = (): void => {};
  const first = new Promise<void>((resolve) => (release = resolve));
  const all = inOrder(
    Array.from({ length: 100 }, (_, at) => at),
    2,
    async (item) => {
      begun += 1;
      if (item === 0) await first;
      return item;
    },
  );
  const next = all.next();
  for (let wait = 0; wait < 50; wait++) await turn();
  expect(begun).toBe(8);
  release();
  expect((await next).value).toBe(0);
  const rest: number[] = [];
  for await (const item of all) rest.push(item);
  expect(rest).toHaveLength(99);
});

test('inOrder(): a failure is thrown where its result would be, and nothing is left unhandled', async () => {
  const all = inOrder([1, 2, 3], 3, async (item) => {
    if (item === 2) throw new Error('no');
    return item;
  });
  expect((await all.next()).value).toBe(1);
  await expect(all.next()).rejects.toThrow('no');
});
