import { expect, test } from 'vitest';
import { createTurns } from './turns.ts';

/** An event loop with a clock that only work moves. */
function loop() {
  let clock = 0;
  let later: (() => void)[] = [];
  const turns = createTurns({
    now: () => clock,
    afterTurn: (callback) => void later.push(callback),
    mostMs: 10,
  });
  return {
    turns,
    work(ms: number) {
      clock += ms;
    },
    /** Ends this turn, and lets all that goes on in the next one come to its pause. */
    async turn() {
      const due = later;
      later = [];
      for (const callback of due) callback();
      for (let microtasks = 0; microtasks < 100; microtasks += 1) await Promise.resolve();
    },
    pending: () => later.length,
  };
}

test('nobody waits in a turn that has time left', () => {
  const { turns, work, pending } = loop();
  expect(turns.next()).toBeUndefined();
  work(9);
  expect(turns.next()).toBeUndefined();
  expect(pending()).toBe(1);
});

test('what comes after the time of a turn goes on in the next ones, in order, and never more in one than its time', async () => {
  const { turns, work, turn } = loop();
  const done: number[] = [];
  async function job(number: number): Promise<void> {
    const turn = turns.next();
    if (turn !== undefined) await turn;
    work(4);
    done.push(number);
  }
  const jobs = Array.from({ length: 8 }, (_, number) => job(number));
  await Promise.resolve();
  const perTurn = [done.length];
  while (done.length < 8) {
    const before = done.length;
    await turn();
    perTurn.push(done.length - before);
  }
  await Promise.all(jobs);
  expect(done).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  // 4, 8, 12 ms: the third begins before ten have gone.
  expect(Math.max(...perTurn)).toBe(3);
});

test('who comes while others wait does not overtake them', async () => {
  const { turns, work, turn } = loop();
  void turns.next();
  work(10);
  const order: string[] = [];
  const first = turns.next()?.then(() => order.push('first'));
  await turn();
  const second = turns.next();
  await first;
  order.push('second');
  await second;
  expect(order).toEqual(['first', 'second']);
});

test('nothing is asked for once nobody works', async () => {
  const { turns, turn, pending } = loop();
  void turns.next();
  await turn();
  await turn();
  expect(pending()).toBe(0);
});
