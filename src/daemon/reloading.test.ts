import { expect, it } from 'vitest';
import type { LogEvent } from '../core/log/log-event.ts';
import { createReloading, reloadables, type Reloadable } from './reloading.ts';

function part(event: Reloadable['event'], reload: Reloadable['reload']): Reloadable {
  return { component: 'smtp', event, otherwise: 'the old one stays', reload };
}

it('one that fails, with whatever error, is told of, is in health until it works, and hinders no other', async () => {
  const lines: LogEvent[] = [];
  let broken = true;
  let others = 0;
  const parts = [
    part('log file', () => {
      if (broken) throw Object.assign(new Error("EISDIR: illegal operation, open '/x'"), { code: 'EISDIR' });
    }),
    part('login', async () => void (others += 1)),
  ];
  const { reload, problems } = createReloading(parts, (line) => lines.push(line));
  await reload();
  expect(others).toBe(1);
  const text = "not read again, the old one stays: EISDIR: illegal operation, open '/x'";
  expect(lines).toEqual([{ component: 'smtp', severity: 'error', event: 'log file', text }]);
  expect([...problems()]).toEqual([['log file', text]]);
  broken = false;
  await reload();
  expect(problems().size).toBe(0);
  expect(lines).toHaveLength(1);
});

it('reads one after the other, and once for all that is asked for meanwhile', async () => {
  const steps: string[] = [];
  const slow = part('login', async () => {
    steps.push('begin');
    await Promise.resolve();
    await Promise.resolve();
    steps.push('end');
  });
  const { reload } = createReloading([slow], () => {});
  const first = reload();
  await Promise.resolve();
  const [second, third] = [reload(), reload()];
  await Promise.all([first, second, third]);
  expect(steps).toEqual(['begin', 'end', 'begin', 'end']);
});

it('knows everything that SIGHUP reads', async () => {
  const read: string[] = [];
  const note = (name: string) => (): void => void read.push(name);
  const parts = reloadables({
    maillog: { reopen: () => void read.push('log') },
    tls: { reload: note('tls') },
    transports: { reload: note('transports') },
    logins: { reload: note('logins') },
    users: { reload: note('users') },
    addressMaps: { reload: note('addresses') },
    signing: { reload: async () => note('keys')() },
    certificates: new Map([['submission', { refresh: note('certificates') }]]),
    senderRules: { reload: note('senders') },
  });
  await createReloading(parts, () => {}).reload();
  expect(read).toEqual([
    'log',
    'tls',
    'transports',
    'addresses',
    'logins',
    'users',
    'keys',
    'certificates',
    'senders',
  ]);
});
