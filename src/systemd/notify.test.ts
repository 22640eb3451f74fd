import { describe, expect, it } from 'vitest';
import { takeSupervisor } from './notify.ts';

type Env = Record<string, string | undefined>;

describe('takeSupervisor()', () => {
  it('tells all assignments in one datagram, each in a line', () => {
    const env: Env = { NOTIFY_FD: '9', PATH: '/bin' };
    const datagrams: string[] = [];
    const supervisor = takeSupervisor(env, 7, (fd, text) => void datagrams.push(`${fd} ${text}`));
    expect(supervisor.tell('READY=1', 'STATUS=a\nMAINPID=1')).toBe(true);
    expect(datagrams).toEqual(['9 READY=1\nSTATUS=a MAINPID=1']);
    expect(supervisor.trouble).toBeUndefined();
  });

  it('leaves no variable for children', () => {
    const env: Env = {
      NOTIFY_FD: '9',
      NOTIFY_SOCKET: '/x',
      WATCHDOG_USEC: '1',
      WATCHDOG_PID: '7',
      PATH: '/bin',
    };
    takeSupervisor(env, 7);
    expect(env).toEqual({ PATH: '/bin' });
  });

  it('tells nobody where there is nobody', () => {
    const supervisor = takeSupervisor({}, 7, () => expect.unreachable());
    expect(supervisor.tell('READY=1')).toBe(false);
    expect(supervisor.trouble).toBeUndefined();
  });

  it('knows that somebody waits in vain', () => {
    const supervisor = takeSupervisor({ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '1000' }, 7);
    expect(supervisor.trouble).toContain('NOTIFY_FD is not');
    expect(supervisor.watchdogMs).toBeUndefined();
  });

  it('goes on if nobody reads', () => {
    const full = takeSupervisor({ NOTIFY_FD: '9' }, 7, () => {
      throw new Error('EAGAIN');
    });
    expect(full.tell('WATCHDOG=1')).toBe(false);
  });

  it.each<[Env, number | undefined]>([
    [{ WATCHDOG_USEC: '120000000', WATCHDOG_PID: '7' }, 120_000],
    [{ WATCHDOG_USEC: '3000000' }, 3_000],
    [{ WATCHDOG_USEC: '3000000', WATCHDOG_PID: '8' }, undefined],
    [{ WATCHDOG_USEC: '0' }, undefined],
    [{ WATCHDOG_USEC: '-1' }, undefined],
    [{}, undefined],
  ])('has the time of the watchdog: %j', (env, watchdogMs) => {
    expect(takeSupervisor({ NOTIFY_FD: '3', ...env }, 7).watchdogMs).toBe(watchdogMs);
  });
});
