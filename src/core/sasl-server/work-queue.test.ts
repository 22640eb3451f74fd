import { expect, test } from 'vitest';
import { full, WorkQueue } from './work-queue.ts';

function harness() {
  const queue = new WorkQueue({ running: 2, waiting: 4, waitingOfOne: 3 });
  const begun: string[] = [];
  const ends: (() => void)[] = [];
  const run = (owner: string, name = owner) =>
    queue.run(owner, () => {
      begun.push(name);
      return new Promise<string>((resolve) => ends.push(() => resolve(name)));
    });
  const endOne = async () => {
    ends.shift()?.();
    for (let turn = 0; turn < 10; turn += 1) await Promise.resolve();
  };
  return { queue, begun, run, endOne };
}

test('two at a time, and the owners take turns', async () => {
  const { queue, begun, run, endOne } = harness();
  const all = [
    run('a', 'a1'),
    run('a', 'a2'),
    run('a', 'a3'),
    run('a', 'a4'),
    run('b', 'b1'),
    run('c', 'c1'),
  ];
  expect([queue.running, queue.waiting]).toEqual([2, 4]);
  expect(begun).toEqual(['a1', 'a2']);
  for (let step = 0; step < 6; step += 1) {
    await endOne();
    expect(queue.running).toBeLessThanOrEqual(2);
  }
  expect(begun).toEqual(['a1', 'a2', 'a3', 'b1', 'c1', 'a4']);
  expect(await Promise.all(all)).toEqual(['a1', 'a2', 'a3', 'a4', 'b1', 'c1']);
  expect([queue.running, queue.waiting]).toEqual([0, 0]);
});

test('beyond the bounds there is no room, for one owner earlier than for all', async () => {
  const { queue, run } = harness();
  for (let count = 0; count < 5; count += 1) void run('a');
  expect(await run('a')).toBe(full);
  void run('b');
  expect(await run('c')).toBe(full);
  expect(queue.waiting).toBe(4);
});

test('nobody comes between the end of one piece and the beginning of the next', async () => {
  const { queue, begun, run, endOne } = harness();
  void run('a', 'a1');
  void run('a', 'a2');
  void run('b', 'b1');
  const ending = endOne();
  void run('c', 'c1');
  await ending;
  expect(queue.running).toBe(2);
  expect(begun).toEqual(['a1', 'a2', 'b1']);
});

test('work that fails gives its place to the next', async () => {
  const queue = new WorkQueue({ running: 1, waiting: 1, waitingOfOne: 1 });
  const failing = queue.run('a', () => Promise.reject(new Error('no memory')));
  const next = queue.run('b', () => Promise.resolve('done'));
  await expect(failing).rejects.toThrow('no memory');
  expect(await next).toBe('done');
});
