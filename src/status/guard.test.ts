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
    expect(ask('act', {}, { method: 'POST' })).toBe(401);
    expect(ask('act', { 'x-page-token': login.pageToken('none') }, { method: 'POST' })).toBe(401);
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
    expect(other({ ...request, headers: { host: '192.0.2.9:9100', ...headers } }, 'act')).toMatchObject({
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
      expect(ask('act', { 'x-page-token': login.pageToken('none') }, { remoteAddress, method: 'POST' })).toBe(
        401,
      );
    },
  );

  it.each(['10.0.0.1', '::ffff:10.0.0.1', '172.17.0.1', 'fe80::1', ''])('is not %s', (remoteAddress) => {
    expect(ask('look', {}, { remoteAddress })).toBe(401);
  });
});

/** The token of the page that is shown to whoever asks in this way. */
function pageTokenFor(via: 'socket' | 'tcp', headers: Readonly<Record<string, string>>): string {
  const url = new URL('http://relay/login');
  const whole = { host: 'localhost', ...headers };
  const access = guard({ via, remoteAddress: '192.0.2.7', method: 'GET', url, headers: whole }, 'door');
  return 'refused' in access ? '' : access.pageToken;
}

describe('a web site that can reach the relay itself, in the browser of an operator', () => {
  const url = new URL('http://relay/api/queue/delete');
  // A form without referrer, of another port of the same host: the cookie comes along.
  const form = { host: 'localhost', origin: 'null' };
  const post = { remoteAddress: '127.0.0.1', method: 'POST', url } as const;

  it('has no token of the page that is good for the operator’s session', () => {
    const own = pageTokenFor('tcp', { cookie });
    for (const theirs of [pageTokenFor('tcp', {}), pageTokenFor('socket', {})])
      expect(
        guard({ ...post, via: 'tcp', headers: { ...form, cookie, 'x-page-token': theirs } }, 'act'),
      ).toMatchObject({ refused: { status: 403 } });
    const headers = { ...form, cookie, 'x-page-token': own };
    expect(guard({ ...post, via: 'tcp', headers }, 'act')).toMatchObject({ act: true });
  });

  it('nor one that is good at the socket, where no login is needed', () => {
    const headers = { ...form, 'x-page-token': pageTokenFor('tcp', {}) };
    expect(guard({ ...post, via: 'socket', headers }, 'act')).toMatchObject({ refused: { status: 403 } });
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
