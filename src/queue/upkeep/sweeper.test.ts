import { beforeEach, describe, expect, it } from 'vitest';
import { FakeQueueStore } from '../../../test/support/fake-queue-store.ts';
import type { LogEvent } from '../../core/log/log-event.ts';
import { CLAIMED, HELD } from '../forms/keys.ts';
import { LONGEST_POSTPONE_MS } from '../alarms/postponing.ts';
import { CLOCK_SLACK_MS } from './audit.ts';
import { sweep } from './sweeper.ts';

const now = 1e12;
const longestWaitMs = 4_000_000;
const hour = 3_600_000;
let store: FakeQueueStore;
/** Jobs that BullMQ knows. */
let jobs: Set<string>;
let set: [destination: string, job: string, at: number][];
let expedited: string[];
let lines: LogEvent[];

beforeEach(() => {
  store = new FakeQueueStore();
  jobs = new Set(['7']);
  set = [];
  expedited = [];
  lines = [];
});

function sweepOnce(): Promise<number> {
  const alarms = {
    exists: async (job: string) => jobs.has(job),
    expedite: async (job: string) => void expedited.push(job),
    set: async (destination: string, job: string, at: number) => void set.push([destination, job, at]),
  };
  return sweep({ store, alarms, now: () => now, log: (event) => lines.push(event), longestWaitMs });
}

/** Mail that is due then, with an alarm that goes off then. */
function mail(due: number, wakesAt: number, job = '7'): void {
  store.put('x.test', 'Q1', due);
  store.alarms.set('x.test', { job, wakesAt });
}

it('does not wait for one destination before it looks at the next', async () => {
  const destinations = Array.from({ length: 100 }, (_, at) => `d${at}.test`);
  for (const destination of destinations) store.put(destination, 'Q1', now + hour);
  let [underWay, most] = [0, 0];
  const audit = store.audit.bind(store);
  store.audit = async (what) => {
    most = Math.max(most, (underWay += 1));
    await new Promise((resolve) => setImmediate(resolve));
    underWay -= 1;
    return audit(what);
  };
  expect(await sweepOnce()).toBe(100);
  expect(most).toBe(10);
  expect(new Set(set.map(([destination]) => destination)).size).toBe(100);
});

describe('the sweeper sets an alarm', () => {
  it.each([
    ['for mail that has none', now - 1, { job: '', wakesAt: 0 }, now - 1],
    ['for mail of later that has none', now + hour, { job: '', wakesAt: 0 }, now + hour],
    [
      'in the place of one that BullMQ does not know',
      now + hour,
      { job: '6', wakesAt: now + hour },
      now + hour,
    ],
    ['for a claim that nobody looks after', CLAIMED + 3, { job: '7', wakesAt: now + hour }, now],
    [
      'in the place of one that sleeps past its mail',
      now - hour,
      { job: '7', wakesAt: now + LONGEST_POSTPONE_MS + 1 },
      now - hour,
    ],
    [
      'in the place of one that a clock set which was ahead',
      now + hour,
      { job: '7', wakesAt: now + longestWaitMs + LONGEST_POSTPONE_MS + CLOCK_SLACK_MS + 1 },
      now + hour,
    ],
  ])('%s', async (_, due, { job, wakesAt }, at) => {
    mail(due, wakesAt, job);
    expect(await sweepOnce()).toBe(1);
    expect(set).toEqual([['x.test', '101', at]]);
    expect(store.alarms.get('x.test')).toEqual({ job: '101', wakesAt: at > now ? at : 0 });
  });
});

describe('the sweeper leaves alone', () => {
  it.each([
    ['mail whose alarm goes off when it is due', now + hour, now + hour],
    ['mail that is due and whose alarm has gone off', now - 1, 0],
    ['mail that was postponed', now - hour, now + LONGEST_POSTPONE_MS],
    ['a claim whose alarm has gone off', CLAIMED + 3, 0],
    ['what waits for the operator', HELD, now + hour],
  ])('%s', async (_, due, wakesAt) => {
    mail(due, wakesAt);
    expect(await sweepOnce()).toBe(0);
    expect(set).toEqual([]);
  });

  it('what somebody serves', async () => {
    mail(now - hour, 0, '');
    store.owned.add('x.test');
    expect(await sweepOnce()).toBe(0);
  });
});

it('the sweeper expedites an alarm that has gone off, and that nobody took for long', async () => {
  mail(now - 29_000, 0);
  await sweepOnce();
  expect(expedited).toEqual([]);
  mail(now - 31_000, 0);
  await sweepOnce();
  expect(expedited).toEqual(['7']);
});

it('the sweeper makes due what a clock put off that was ahead, and says so', async () => {
  mail(now + longestWaitMs + CLOCK_SLACK_MS + 1, now);
  await sweepOnce();
  expect(store.queues.get('x.test')?.get('Q1')).toBe(now);
  expect(lines.map(({ event }) => event)).toEqual(['clock set back']);
});

it('the sweeper removes what nobody writes any more, and nothing else', async () => {
  const half = 0.5;
  store.writtenAhead.set('new', now - 59_000 + half);
  store.writtenAhead.set('left', now - 61_000 + half);
  store.writtenAhead.set('ahead', now + 61_000 + half);
  store.writtenAhead.set('of an older relay', now - hour);
  store.writtenAhead.set('of one long gone', now - 25 * hour);
  await sweepOnce();
  expect([...store.writtenAhead.keys()]).toEqual(['new', 'of an older relay']);
  expect(lines.map(({ text }) => text)).toEqual([
    'left: unfinished content removed',
    'ahead: unfinished content removed',
    'of one long gone: unfinished content removed',
  ]);
});

it('the sweeper does not remove what is renewed while it looks', async () => {
  store.writtenAhead.set('slow', now - 61_000.5);
  store.meanwhile.set('discard', () => store.writtenAhead.set('slow', now + 0.5));
  await sweepOnce();
  expect([...store.writtenAhead.keys()]).toEqual(['slow']);
  expect(lines).toEqual([]);
});

it('the sweeper forgets ids that were fenced a day ago', async () => {
  await sweepOnce();
  expect(store.fencedUntil).toBe(now - 24 * hour);
});

it('the sweeper forgets suspensions that are over and that keep nobody waiting', async () => {
  const cause = { dsn: '4.4.1', reason: 'no' };
  store.suspended.set('on', { since: now, until: now + 1, cause });
  store.suspended.set('over', { since: now, until: now, cause });
  store.suspended.set('awaited', { since: now, until: now, cause });
  store.suspended.set('unreadable', undefined);
  store.awaited.add('awaited');
  await sweepOnce();
  expect([...store.suspended.keys()]).toEqual(['on', 'awaited']);
});
