import { afterEach, describe, expect, it, vi } from 'vitest';
import { serviceStates, type ServiceStates } from './service-states.ts';

afterEach(() => void vi.useRealTimers());

const turn = (): Promise<void> => new Promise((resolve) => process.nextTick(resolve));

function service(watchdogMs?: number): {
  readonly said: string[];
  readonly states: ServiceStates;
  status: string;
  readonly running: Parameters<ServiceStates['ready']>[0];
} {
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const said: string[] = [];
  const all = {
    said,
    status: 'well',
    states: serviceStates(
      { tell: (...words) => said.push(words.join(' ')) > 0, watchdogMs, trouble: undefined },
      () => 7.5,
    ),
    running: { status: () => all.status, signs: [], late: () => {} },
  };
  return all;
}

describe('serviceStates()', () => {
  it('asks for more time while the relay starts, and not afterwards', () => {
    const { said, states, running } = service();
    states.starting();
    vi.advanceTimersByTime(60_000);
    expect(said).toEqual(['EXTEND_TIMEOUT_USEC=120000000', 'EXTEND_TIMEOUT_USEC=120000000']);
    states.ready(running);
    vi.advanceTimersByTime(600_000);
    expect(said.slice(2)).toEqual(['READY=1 STATUS=well']);
  });

  it('looks for signs of life four times in the time of the watchdog, and not after the end', async () => {
    const { said, states, running } = service(80_000);
    const seen = vi.fn<() => Promise<void>>(() => Promise.resolve());
    states.ready({ ...running, signs: [{ of: 'a', seen }] });
    for (let look = 1; look <= 4; look += 1) {
      vi.advanceTimersByTime(20_000);
      await turn();
    }
    expect(said.slice(1)).toEqual(Array.from({ length: 4 }, () => 'WATCHDOG=1'));
    states.stopping();
    vi.advanceTimersByTime(200_000);
    expect(said.slice(5)).toEqual(['STOPPING=1 STATUS=stopping']);
    expect(seen).toHaveBeenCalledTimes(4);
  });

  it('tells how the relay does when that has changed', () => {
    const all = service();
    all.states.ready(all.running);
    vi.advanceTimersByTime(100_000);
    all.status = 'ill';
    vi.advanceTimersByTime(100_000);
    expect(all.said).toEqual(['READY=1 STATUS=well', 'STATUS=ill']);
  });

  it('says that a reload is over when all of them are', async () => {
    const { said, states } = service();
    const ends: (() => void)[] = [];
    const reload = (): Promise<void> => new Promise((resolve) => void ends.push(resolve));
    const both = [states.reloading(reload), states.reloading(reload)];
    const begun = 'RELOADING=1 MONOTONIC_USEC=7500';
    ends[0]?.();
    await both[0];
    expect(said).toEqual([begun, begun]);
    ends[1]?.();
    await both[1];
    expect(said).toEqual([begun, begun, 'READY=1']);
  });
});
