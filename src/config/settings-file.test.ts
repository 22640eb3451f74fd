import { describe, expect, it } from 'vitest';
import { defaultSettingsFile } from './settings-file.ts';

const system = '/etc/dane-relay/relay.toml';
const own = '/home/u/.config/dane-relay/relay.toml';
const env = { HOME: '/home/u' };
const all = (): boolean => true;
const none = (): boolean => false;

describe('defaultSettingsFile()', () => {
  it.each([
    ['of the machine for root', { HOME: '/root' }, 0, all, system],
    ['of its own for a user', env, 1000, all, own],
    ['of its own where XDG says', { ...env, XDG_CONFIG_HOME: '/x' }, 1000, all, '/x/dane-relay/relay.toml'],
    [
      'of its own where a relative XDG_CONFIG_HOME says nothing',
      { ...env, XDG_CONFIG_HOME: 'x' },
      1000,
      all,
      own,
    ],
    ['of the machine for a user who has none', env, 1000, (path: string) => path === system, system],
    ['of the machine for a user without a home', {}, 1000, all, system],
    ['none where there is none', env, 1000, none, undefined],
    ['none for root where there is none', env, 0, none, undefined],
    ['that the environment names, there or not', { ...env, DANE_RELAY_CONFIG: '/y' }, 1000, none, '/y'],
    ['none if the environment says none', { ...env, DANE_RELAY_CONFIG: '' }, 0, all, undefined],
  ])('is %s', (_, env, uid, isThere, expected) => {
    expect(defaultSettingsFile({ env, uid }, isThere)).toBe(expected);
  });
});
