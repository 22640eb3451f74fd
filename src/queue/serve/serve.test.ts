import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openLeaseTerms } from '../lease/lease-term.ts';
import type { Rest, Resting } from '../scripts/rest.ts';
import { serve, type Run, type ServicePorts } from './serve.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Serves one destination, in memory. */
function worldOf(run: Run) {
  let renewals = 0;
  const rests: ((left: Rest) => void)[] = [];
  const unsettled: (readonly string[])[] = [];
  const store = {
    begin: async () => ({ token: '1:a', orphans: 0 }),
    take: async () => [{ queueId: '4a', record: 'none', progress: '', dot: '', isExpired: false }],
    rest(asked: Pick<Resting, 'unsettled'>) {
      unsettled.push(asked.unsettled);
      return new Promise<Rest>((resolve) => rests.push(resolve));
    },
    async renew() {
      renewals += 1;
      return [true];
    },
  };
  let ended: Promise<unknown> = Promise.resolve();
  const ports = {
    store,
    terms: openLeaseTerms(store),
    now: () => 0,
    log: () => {},
    connections: () => 1,
    contents: { oldest: () => Infinity, content: () => undefined },
    alarms: {
      listen(onAlarm: (destination: string, job: string) => Promise<unknown>) {
        ended = onAlarm('x.test', '1');
        return { hold() {}, reconnect() {}, stop: async () => {} };
      },
    },
  };
  const service = serve(run, { busy: 1, concurrency: 1 } as never, ports as unknown as ServicePorts);
  return { service, rests, unsettled, renewals: () => renewals, ended: () => ended };
}

test('the lease of a run that asks whether it may end is not renewed: that would come behind the end', async () => {
  const world = worldOf(async () => undefined);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(world.rests).toHaveLength(1);
  expect(world.renewals()).toBe(0);
  world.rests[0]?.('empty');
  expect(await world.ended()).toBe('done');
  await world.service.stop();
});

test('one that may not end is renewed again', async () => {
  let go = (): void => {};
  let runs = 0;
  const world = worldOf(async () => {
    runs += 1;
    if (runs === 2) await new Promise<void>((resolve) => (go = resolve));
    return undefined;
  });
  await vi.advanceTimersByTimeAsync(3_000);
  world.rests[0]?.('more');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(world.renewals()).toBeGreaterThan(1);
  go();
  await vi.advanceTimersByTimeAsync(0);
  world.rests[1]?.('empty');
  expect(await world.ended()).toBe('done');
  await world.service.stop();
});

test('one that may not end knows nothing any more of what it left: it may take that again', async () => {
  let runs = 0;
  const world = worldOf(async (lease) => {
    runs += 1;
    if (runs === 1) await lease.take(1);
    return undefined;
  });
  await vi.advanceTimersByTimeAsync(0);
  world.rests[0]?.('more');
  await vi.advanceTimersByTimeAsync(0);
  world.rests[1]?.('empty');
  await world.ended();
  expect(world.unsettled).toEqual([['4a'], []]);
  await world.service.stop();
});
