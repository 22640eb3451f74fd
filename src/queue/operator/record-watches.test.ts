import { expect, it } from 'vitest';
import { readWatch } from '../../core/rollover/watched-records.ts';
import { openRecordWatches, type RecordWatchPorts } from './record-watches.ts';

const now = 1e12;

/** A destination for which so many messages wait. @param tried is told of each slice that is due */
function play(waiting: number, tried: (slice: number, add: (count: number) => void) => boolean) {
  const slices: number[] = [];
  let left = waiting;
  let isSuspended = true;
  const add = (count: number): void => void (left += count);
  const store = {
    unsuspend: async () => void (isSuspended = false),
    suspension: async () =>
      isSuspended ? { since: now, until: now + 1, cause: { dsn: '', reason: '' } } : undefined,
    async bringForward() {
      // Mail of a destination that is left alone is only put off.
      expect(isSuspended).toBe(false);
      const count = Math.min(left, 250);
      left -= count;
      slices.push(count);
      isSuspended = tried(slices.length, add);
      return { left, count, wakeups: [] };
    },
  } as unknown as RecordWatchPorts['store'];
  const watches = openRecordWatches({ store, alarms: { wake: async () => {} }, now: () => now });
  return watches.bringForward('x.test').then((count) => ({ count, slices, left }));
}

it('bringForward() makes all due in short steps, and ends the suspension before', async () => {
  expect(await play(600, () => false)).toEqual({ count: 600, slices: [250, 250, 100], left: 0 });
  expect(await play(0, () => false)).toMatchObject({ count: 0, slices: [0] });
});

it('bringForward() stops when the destination is left alone again: the host is spared the rest', async () => {
  const { count, left } = await play(100_000, (slice) => slice === 2);
  expect([count, left]).toEqual([500, 99_500]);
});

it('bringForward() does not make due again what failed meanwhile', async () => {
  const { slices } = await play(600, (_, add) => {
    add(250);
    return false;
  });
  expect(slices).toHaveLength(4);
});

it('a watch is written anew only where it is what it was, and its text is read as it was written', async () => {
  const written: unknown[] = [];
  const store = {
    watchRecords: async (what: unknown) => written.push(what),
  } as unknown as RecordWatchPorts['store'];
  const watches = openRecordWatches({ store, alarms: { wake: async () => {} }, now: () => now });
  const text = '{"records":[{"name":"n","digest":"d"}],"since":1,"nextAt":2,"changes":0}';
  const before = readWatch(text);
  if (before === undefined) throw new Error('unreadable');
  await watches.goOn('x.test', { ...before, nextAt: 3 }, before);
  expect(written).toMatchObject([{ before: text, nextAt: 3 }]);
});
