import { expect, test } from 'vitest';
import { attempt } from './attempt.ts';
import { mx, type Zone } from './fake-dns.ts';

/**
 * More of what was found in Haraka 3.3.4: the places where a lookup can fail, and whose name is checked. AUTH that is
 * configured and not offered is in test/scenario/session/login.test.ts and routes/logins.test.ts.
 */

test.each<[string, Zone]>([
  ['addresses of an implicit MX', { 'x.test A': 'SERVFAIL', 'x.test AAAA': 'SERVFAIL' }],
  ['one family, and none of the other', { 'x.test A': 'timeout' }],
  ['the MX lookup', { 'x.test MX': 'SERVFAIL', 'x.test A': ['192.0.2.1'] }],
  ['a resolver that nobody reaches', { 'x.test MX': 'unreachable' }],
  [
    'addresses of all MX hosts',
    { 'x.test MX': mx('a.test', 'b.test'), 'a.test A': 'SERVFAIL', 'b.test AAAA': 'timeout' },
  ],
  ['one of two MX hosts, the other has none', { 'x.test MX': mx('a.test', 'b.test'), 'b.test A': 'REFUSED' }],
])('Haraka: a DNS failure bounces the mail: %s', async (_, zone) => {
  for (const level of ['may', 'dane'] as const) {
    expect(await attempt({ zone, level })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.4.3',
      connections: [],
    });
  }
});

test('Haraka: the name that is checked comes from unsigned DNS', async () => {
  const zone: Zone = { 'x.test MX': mx('evil.test'), 'evil.test A': ['192.0.2.9'] };
  const { connections, outcome } = await attempt({ zone, level: 'secure' });
  expect(connections).toEqual(['evil.test[192.0.2.9] secure']);
  expect(outcome).toBe('deferred');
});
