import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { dataDirectory } from './data-directory.ts';

test.each([
  ['the configured one', '/srv/relay', { HOME: '/home/u' }, 0, '/srv/relay'],
  ['of root', '', { HOME: '/root', XDG_STATE_HOME: '/x' }, 0, '/var/lib/dane-relay'],
  ['of a user with XDG_STATE_HOME', '', { HOME: '/home/u', XDG_STATE_HOME: '/x' }, 1000, '/x/dane-relay'],
  [
    'of a user whose XDG_STATE_HOME is relative',
    '',
    { HOME: '/home/u', XDG_STATE_HOME: 'x' },
    1000,
    '/home/u/.local/state/dane-relay',
  ],
  ['of a user', '', { HOME: '/home/u' }, 1000, '/home/u/.local/state/dane-relay'],
])('dataDirectory(): %s', (_, configured, env, uid, expected) => {
  expect(dataDirectory(configured, { env, uid })).toBe(expected);
});

test('dataDirectory(): a relative one is made absolute', () => {
  expect(dataDirectory('state', { env: {}, uid: 0 })).toBe(`${process.cwd()}/state`);
});

test('dataDirectory(): a user without a home must name one', () => {
  expect(() => dataDirectory('', { env: {}, uid: 1000 })).toThrow(ConfigError);
});
