import { expect, test } from 'vitest';
import { leftovers, tmpfilesPaths } from './leftovers.ts';

const places = {
  clone: '/root/dane-relay',
  home: '/root',
  allowed: ['/var/lib/dane-relay'],
  ofPackages: ['/run/nsd', '/tmp', '/root', '/root/.ssh'],
};
const left = (...after: string[]): readonly string[] => leftovers(['/tmp', '/tmp/old'], after, places);

test.each([
  '/tmp/dane-lab-1',
  '/var/tmp/x',
  '/run/x.pid',
  '/run/nsdx',
  '/dev/shm/x',
  '/root/.cache',
  '/root/.ssh/id',
  '/root/dane-relay/test/x',
  '/var/lib/dane-relay-2',
  '/etc/dane-relay/relay.toml',
])('%s is left over', (path) => {
  expect(left('/tmp/old', path)).toEqual([path]);
});

test.each([
  '/tmp/old',
  '/root/dane-relay/node_modules/.bin/tsc',
  '/root/dane-relay/dist',
  '/root/.npm/_cacache',
  '/usr/sbin/unbound',
  '/usr/bin/ldns-dane',
  '/tmp/node-compile-cache/v24',
  '/etc/unbound/unbound.conf',
  '/var/lib/dane-relay/redis/redis.sock',
  '/run/nsd/nsd.pid',
  '/root/.ssh',
])('%s is none', (path) => {
  expect(left(path)).toEqual([]);
});

test('what packages have systemd make is in their lines for it', () => {
  const lines = [
    '#Type Path Mode',
    '    d /run/nsd     0755 nsd nsd -',
    'D! /tmp 1777',
    '',
    'f /run/utmp 0664',
  ];
  expect(tmpfilesPaths(lines)).toEqual(['/run/nsd', '/tmp', '/run/utmp']);
});

test('the directories above what is expected are none', () => {
  const state = { ...places, allowed: ['/home/x/.local/state/dane-relay'] };
  expect(leftovers([], ['/home/x/.local', '/home/x/.local/state'], state)).toEqual([]);
});
