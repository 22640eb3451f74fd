import { beforeEach, describe, expect, it } from 'vitest';
import { FakeQueueStore } from '../../../test/support/fake-queue-store.ts';
import type { Progress } from '../../core/delivery/outcome.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { encodeProgress } from '../forms/record.ts';
import type { Wakeup } from '../scripts/wakeup.ts';
import { moveRecipients, type StoredClaim } from './move.ts';

const now = 5_000;
const failed = { dsn: '4.4.1', reason: 'no' };
let store: FakeQueueStore;
let woken: Wakeup[];

/** A message to recipients 0, 1, 2 at x.test, which is claimed, and 3 at y.test. */
function claimOf(progress = '', waiting: readonly number[] = [0, 1, 2]): StoredClaim {
  const routing = new Map([
    ['x.test', [0, 1, 2]],
    ['y.test', [3]],
  ]);
  store.put('x.test', 'Q1', CLAIMED + 1);
  if (progress !== '') store.know('Q1', 'x.test', progress);
  return { queueId: 'Q1', destination: 'x.test', waiting, progress, routing };
}

function move(claim: StoredClaim, elsewhere: Readonly<Record<string, readonly number[]>>) {
  const alarms = { wake: async (wakeups: readonly Wakeup[]) => void woken.push(...wakeups) };
  const ports = { store, alarms, now: () => now, token: '1:uuid' };
  return moveRecipients(claim, new Map(Object.entries(elsewhere)), ports);
}

function progressAt(destination: string): Progress | undefined {
  const text = store.stored.get('Q1')?.get(destination);
  return text === undefined ? undefined : (JSON.parse(text) as Progress);
}

beforeEach(() => {
  store = new FakeQueueStore();
  woken = [];
});

describe('recipients that move', () => {
  it('leave nothing behind when they were all', async () => {
    expect(await move(claimOf(), { 'z.test': [0, 1, 2] })).toEqual({ moved: true });
    expect(store.queues.get('x.test')?.has('Q1')).toBe(false);
    expect(progressAt('x.test')).toBeUndefined();
    expect(progressAt('z.test')).toEqual({ left: [0, 1, 2], attempts: 0, nextAt: now });
    expect(woken.map(({ destination }) => destination)).toEqual(['z.test']);
  });

  it('leave the others claimed', async () => {
    const { moved, stays } = await move(claimOf(), { 'z.test': [1] });
    expect(moved).toBe(true);
    expect(JSON.parse(stays ?? '')).toEqual({ left: [0, 2], attempts: 0, nextAt: now });
    expect(store.queues.get('x.test')?.get('Q1')).toBe(CLAIMED + 1);
  });

  it('leave those who are held where they are, and nothing to claim', async () => {
    const held = { left: [2], last: failed };
    const claim = claimOf(encodeProgress({ left: [0], attempts: 1, nextAt: 9, last: failed, held }), [0]);
    expect(await move(claim, { 'z.test': [0] })).toEqual({ moved: true });
    expect(store.queues.get('x.test')?.get('Q1')).toBe(HELD);
    expect(progressAt('x.test')).toMatchObject({ left: [], held });
    expect(progressAt('z.test')).toEqual({ left: [0], attempts: 1, nextAt: 9, last: failed });
  });

  it('go to several destinations at once, each with its own', async () => {
    expect(await move(claimOf(), { 'z.test': [0], 'w.test': [1, 2] })).toEqual({ moved: true });
    expect(progressAt('z.test')?.left).toEqual([0]);
    expect(progressAt('w.test')?.left).toEqual([1, 2]);
  });

  it('join those who wait there and were not tried yet', async () => {
    const claim = claimOf();
    store.put('y.test', 'Q1', 9_000);
    await move(claim, { 'y.test': [0] });
    expect(progressAt('y.test')).toEqual({ left: [0, 3], attempts: 0, nextAt: now });
  });

  it('join those who wait there after an attempt, and do not change what is known of it', async () => {
    const claim = claimOf();
    const there: Progress = { left: [3], attempts: 4, nextAt: 9_000, last: failed };
    store.put('y.test', 'Q1', 9_000);
    store.know('Q1', 'y.test', encodeProgress(there));
    await move(claim, { 'y.test': [1] });
    expect(progressAt('y.test')).toEqual({ ...there, left: [1, 3] });
  });

  it('do not bring back those whom a destination had and who are done', async () => {
    const claim = claimOf();
    await move(claim, { 'y.test': [0] });
    expect(progressAt('y.test')?.left).toEqual([0]);
  });
});

describe('a move beside which something happens', () => {
  it('is made anew from what is there now', async () => {
    const claim = claimOf();
    let times = 0;
    store.meanwhile.set('move', () => {
      times += 1;
      if (times === 1) store.put('y.test', 'Q1', 9_000);
    });
    expect(await move(claim, { 'y.test': [0] })).toMatchObject({ moved: true });
    expect(times).toBe(2);
    expect(progressAt('y.test')?.left).toEqual([0, 3]);
  });

  it('is given up after three times', async () => {
    const claim = claimOf();
    store.meanwhile.set('move', () => {
      const attempts = (progressAt('y.test')?.attempts ?? 0) + 1;
      store.know('Q1', 'y.test', encodeProgress({ left: [3], attempts, nextAt: 0 }));
    });
    expect(await move(claim, { 'y.test': [0] })).toEqual({ moved: false });
    expect(store.calls.filter((call) => call === 'move')).toHaveLength(3);
  });

  it.each([
    ['another destination works on the message', () => store.put('y.test', 'Q1', CLAIMED + 2)],
    ['the message is not ours any more', () => store.put('x.test', 'Q1', now)],
  ])('is not tried again when %s', async (_, happen) => {
    const claim = claimOf();
    happen();
    expect(await move(claim, { 'y.test': [0] })).toEqual({ moved: false });
    expect(store.calls.filter((call) => call === 'move')).toHaveLength(1);
    expect(progressAt('y.test')).toBeUndefined();
  });
});
