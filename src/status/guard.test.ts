import { describe, expect, it } from 'vitest';
import { createGuard } from './guard.ts';
import { createPageLogin, SESSION_MS } from './page-login.ts';
import type { StatusLevel } from './route.ts';

const token = 'a token of 16 characters and more';
let now = Date.UTC(2026, 10, 29);
const login = createPageLogin(
  () => token,
  () => now,
);
const guard = createGuard({ login, hosts: ['relay.example'] });
const [cookie = ''] = login.begin().split(';');

function ask(
  level: StatusLevel,
  headers: Readonly<Record<string, string>> = {},
  { remoteAddress = '192.0.2.7', method = 'GET', path = '/api/state' } = {},
): number | 'look' | 'act' | 'none' {
  const url = new URL(`http://relay${path}`);
  const access = guard(
    { via: 'tcp', remoteAddress, method, url, headers: { host: 'relay.example', ...headers } },
    level,
  );
  if ('refused' in access) return access.refused.status;
  return access.act ? 'act' : access.look ? 'look' : 'none';
}

describe('somebody on another machine', () => {
  it('sees what is open by any name, and the door', () => {
    expect(ask('open', { host: 'evil.example' })).toBe('none');
    expect(ask('door')).toBe('none');
  });

  it('neither looks nor acts without the token', () => {
    expect(ask('look')).toBe(401);
    expect(ask('act', {}, { method: 'POST' })).toBe(403);
    expect(ask('act', { 'x-page-token': login.pageToken }, { method: 'POST' })).toBe(401);
    expect(ask('look', { authorization: 'Bearer wrong' })).toBe(401);
    expect(ask('look', { authorization: `Basic ${token}` })).toBe(401);
  });

  it('does both with it', () => {
    const headers = { authorization: `Bearer ${token.replaceAll(' ', '')}` };
    const plain = createPageLogin(
      () => token.replaceAll(' ', ''),
      () => now,
    );
    const other = createGuard({ login: plain, hosts: [] });
    const url = new URL('http://relay/api/queue/hold');
    const request = { via: 'tcp', remoteAddress: '192.0.2.7', method: 'POST', url } as const;
    expect(other({ ...request, headers: { host: '192.0.2.9:9100', ...headers } }, 'act')).toEqual({
      look: true,
      act: true,
    });
    expect(ask('look', { cookie })).toBe('act');
  });

  it('does neither where there is no token', () => {
    const none = createGuard({
      login: createPageLogin(
        () => undefined,
        () => now,
      ),
      hosts: [],
    });
    const url = new URL('http://relay/api/state');
    for (const more of [{}, { authorization: 'Bearer undefined' }, { cookie }]) {
      const headers = { host: '192.0.2.9', ...more };
      expect(
        none({ via: 'tcp', remoteAddress: '192.0.2.7', method: 'GET', url, headers }, 'look'),
      ).toMatchObject({
        refused: { status: 401 },
      });
    }
  });
});

describe('somebody on this machine', () => {
  it.each(['127.0.0.1', '::1', '::ffff:127.0.0.9'])(
    'looks, and acts with the token alone: %s',
    (remoteAddress) => {
      expect(ask('look', {}, { remoteAddress })).toBe('look');
      expect(ask('act', { 'x-page-token': login.pageToken }, { remoteAddress, method: 'POST' })).toBe(401);
    },
  );

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '172.17.0.1', 'fe80::1', ''])('is not %s', (remoteAddress) => {
    expect(ask('look', {}, { remoteAddress })).toBe(401);
  });
});

describe('a session', () => {
  it('ends after its time, and with the token', () => {
    expect(ask('look', { cookie: `other=1; ${cookie}; more=2` })).toBe('act');
    now += SESSION_MS;
    expect(ask('look', { cookie })).toBe(401);
    now -= SESSION_MS;
    expect(
      createPageLogin(
        () => `${token}x`,
        () => now,
      ).isSession(cookie.split('=')[1] ?? ''),
    ).toBe(false);
  });
});
