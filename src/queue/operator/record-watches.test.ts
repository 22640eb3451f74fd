import { expect, it } from 'vitest';
import type { LastFailure } from '../../core/mail/status.ts';
import { readWatch } from '../../core/rollover/watched-records.ts';
import { openRecordWatches, type RecordWatchPorts } from './record-watches.ts';

const now = 1e12;

const mismatch: LastFailure = {
  dsn: '4.7.5',
  reason: '',
  tlsFault: { kind: 'certificate', host: 'mx.x.test', level: 'dane' },
};

interface Means {
  /** Why the destination is left alone at first. */
  readonly cause?: LastFailure;
  readonly stopping?: AbortController;
}

/** A destination for which so many messages wait. @param tried is told of each slice that is due */
function play(
  waiting: number,
  tried: (slice: number, add: (count: number) => void) => boolean,
  { cause = mismatch, stopping = new AbortController() }: Means = {},
) {
  const slices: number[] = [];
  let left = waiting;
  let isSuspended = true;
  const add = (count: number): void => void (left += count);
  const store = {
    unsuspend: async () => void (isSuspended = false),
    suspension: async () => (isSuspended ? { since: now, until: now + 1, cause } : undefined),
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
  const forward = watches.bringForward('x.test', stopping.signal);
  return forward.then((count) => ({ count, slices, left, isSuspended }));
}

it('bringForward() makes all due in short steps, and ends the suspension before', async () => {
  expect(await play(600, () => false)).toMatchObject({ count: 600, slices: [250, 250, 100], left: 0 });
  expect(await play(0, () => false)).toMatchObject({ count: 0, slices: [0] });
});

it('bringForward() stops when the destination is left alone again: the host is spared the rest', async () => {
  const { count, left } = await play(100_000, (slice) => slice === 2);
  expect([count, left]).toEqual([500, 99_500]);
});

it.each<[string, LastFailure]>([
  ['it does not answer', { dsn: '4.4.1', reason: '' }],
  ['its certificate', { ...mismatch, tlsFault: { kind: 'certificate', host: 'mx.x.test', level: 'secure' } }],
  [
    'STARTTLS is missing',
    { ...mismatch, tlsFault: { kind: 'not offered', host: 'mx.x.test', level: 'dane' } },
  ],
])(
  'bringForward() leaves a destination alone that is left alone for another reason: %s',
  async (_, cause) => {
    expect(await play(600, () => false, { cause })).toEqual({
      count: 0,
      slices: [],
      left: 600,
      isSuspended: true,
    });
  },
);

it('bringForward() ends between two steps when the relay stops', async () => {
  const stopping = new AbortController();
  const slices: number[] = [];
  const tried = (slice: number): boolean => {
    slices.push(slice);
    if (slice === 2) stopping.abort(new Error('stop'));
    return false;
  };
  await expect(play(1_000, tried, { stopping })).rejects.toThrow('stop');
  expect(slices).toEqual([1, 2]);
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
