import { expect, test } from 'vitest';
import { spoolDirectory, submissionSpool } from './spool-directory.ts';

const none = { spoolDir: '', dataDir: '' };
const root = { env: { HOME: '/root' }, uid: 0 };
const user = { env: { HOME: '/home/u' }, uid: 1000 };
const home = '/home/u/.local/state/dane-relay/spool';

test.each([
  ['the setting', { spoolDir: '/s', dataDir: '/d' }, root, '/s'],
  ['a relative one', { spoolDir: 's', dataDir: '' }, root, `${process.cwd()}/s`],
  ['in data_dir', { spoolDir: '', dataDir: '/d' }, root, '/d/spool'],
  ['that of the machine, for root', none, root, '/var/spool/dane-relay'],
  ['in the state of another user', none, user, home],
])('the spool of a relay: %s', (_, config, environment, expected) => {
  expect(spoolDirectory(config, environment)).toBe(expected);
});

test.each([
  ['the setting', { spoolDir: '/s', dataDir: '' }, user, [], '/s'],
  ['in data_dir', { spoolDir: '', dataDir: '/d' }, user, [], '/d/spool'],
  ['that of a relay of this user', none, user, [home], home],
  ['that of the machine', none, user, [], '/var/spool/dane-relay'],
  ['that of the machine, for root', none, root, [], '/var/spool/dane-relay'],
  ['for who has no home', none, { env: {}, uid: 33 }, [], '/var/spool/dane-relay'],
])('the spool for a program: %s', (_, config, environment, there, expected) => {
  expect(submissionSpool(config, environment, (path) => there.some((one) => one === path))).toBe(expected);
});
