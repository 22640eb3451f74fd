import { expect, test } from 'vitest';
import { one, start } from '../../test/support/policy-exception.ts';
import { createExceptions } from '../core/tls-policy/exceptions.ts';
import type { PolicyException } from '../core/tls-policy/exception.ts';
import { keepExceptions, type KeepingPorts } from './exceptions.ts';

/** A queue with these exceptions, of which some words can be had. */
function world() {
  const clock = { now: start };
  const stored: PolicyException[] = [];
  const events: string[] = [];
  const flushed: string[] = [];
  const state = { isAway: false, changed: (): void => {} };
  const notes: Awaited<ReturnType<KeepingPorts['queue']['exceptions']['takeNotes']>>[number][] = [];
  const exceptions = createExceptions(() => clock.now);
  const queue: KeepingPorts['queue'] = {
    exceptions: {
      read: () =>
        state.isAway
          ? Promise.reject(new Error('away'))
          : Promise.resolve({ exceptions: [...stored], unreadable: ['strange'] }),
      set: () => Promise.resolve('set'),
      remove: () => Promise.resolve(undefined),
      expire(exception) {
        const place = stored.findIndex(({ name }) => name === exception.name);
        stored.splice(place, 1);
        return Promise.resolve(place !== -1);
      },
      takeNotes: () => Promise.resolve(notes.splice(0)),
    },
    onExceptions: (changed) => (state.changed = changed),
    flushWhere(isMeant) {
      flushed.push(...['x.test', 'sub.x.test', 'y.test'].filter(isMeant));
      return Promise.resolve(0);
    },
  };
  const log: KeepingPorts['log'] = ({ event, text }) => events.push(`${event}: ${text}`);
  const keeping = keepExceptions({ exceptions, queue, log, now: () => clock.now });
  return { clock, stored, notes, events, flushed, state, exceptions, keeping };
}

test('what was stored before the start is known, and makes nothing due; what comes later does', async () => {
  const { stored, flushed, exceptions, keeping } = world();
  stored.push(one());
  await keeping.read();
  keeping.begin();
  expect(exceptions.inForce()).toEqual([one()]);
  expect(flushed).toEqual([]);
  stored.push(one({ name: '.x.test' }));
  await keeping.read();
  expect(flushed).toEqual(['sub.x.test']);
  await keeping.read();
  expect(flushed).toEqual(['sub.x.test']);
  keeping.stop();
});

test('nothing is delivered before they are read: one of them may be stricter than the settings', async () => {
  const { state, keeping } = world();
  state.isAway = true;
  await keeping.read();
  const runs: string[] = [];
  const run = keeping.behind((lease) => {
    runs.push(lease.destination);
    return Promise.resolve(undefined);
  });
  const lease = { destination: 'x.test' } as Parameters<typeof run>[0];
  expect(await run(lease)).toEqual({
    postponeUntil: start + 1_000,
    reason: 'the exceptions are not read yet',
  });
  expect(runs).toEqual([]);
  state.isAway = false;
  await keeping.read();
  expect(await run(lease)).toBeUndefined();
  expect(runs).toEqual(['x.test']);
  // What is known stays known, whatever becomes of Redis.
  state.isAway = true;
  await keeping.read();
  await run(lease);
  expect(runs).toEqual(['x.test', 'x.test']);
  keeping.stop();
});

test('what cannot be read from Redis stays as it is known, until its date', async () => {
  const { clock, stored, state, exceptions, keeping } = world();
  stored.push(one());
  await keeping.read();
  state.isAway = true;
  stored.push(one({ name: 'y.test' }));
  await keeping.read();
  expect(exceptions.inForce()).toEqual([one()]);
  clock.now += 1_000;
  expect(exceptions.inForce()).toEqual([]);
  keeping.stop();
});

test('one that is over is removed, and the log says so once', async () => {
  const { clock, stored, events, keeping } = world();
  stored.push(one());
  clock.now += 5_000;
  await keeping.read();
  await keeping.read();
  expect(stored).toEqual([]);
  expect(events).toEqual([
    'exception unreadable: exception for strange cannot be read and does not count: set it again, or remove it',
    'exception expired: exception for x.test is over: it was level may until 1970-01-12T13:46:41Z',
  ]);
  keeping.stop();
});

test('the log says who has set and removed one, and when if that was some time ago', async () => {
  const { notes, events, keeping } = world();
  notes.push(
    { act: 'set', exception: one(), by: 'uid 0', at: start },
    { act: 'removed', exception: one(), by: 'uid 1000', at: start - 60_000 },
  );
  await keeping.read();
  expect(events.slice(1)).toEqual([
    'exception set: exception for x.test: level may until 1970-01-12T13:46:41Z, set by uid 0: r',
    'exception removed: exception for x.test is removed by uid 1000, at 1970-01-12T13:45:40Z: it was level may until 1970-01-12T13:46:41Z',
  ]);
  keeping.stop();
});
