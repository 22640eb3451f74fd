import { describe, expect, test } from 'vitest';
import type { Failed } from '../../src/core/dns/answer.ts';
import { serverFixture } from '../scenario/session/scripted-server.ts';
import { call, patient } from '../scenario/session/session-kit.ts';
import { makeAuthority, makeCertificate, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone, type Zone } from './fake-dns.ts';

/**
 * What was found in KumoMTA (main of August 2026) as a DANE client, and what its users reported.
 *
 * Not here: `enable_dane` is off by default; `tls.level` is `dane` by default (test of the settings).
 */

const host = 'mx.x.test';
const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: [host] }, authority);
const ee = tlsaFor(leaf, '3 1 1');
const serve = serverFixture();

test.each<Failed['cause']>([
  'SERVFAIL',
  'REFUSED',
  'FORMERR',
  'NOTIMP',
  'timeout',
  'malformed',
  'unreachable',
  'loop',
])('kumomta#543: a TLSA lookup that fails is read as "no records": %s', async (cause) => {
  for (const level of ['dane', 'dane-only'] as const) {
    const zone = { ...signedHost, '_25._tcp.mx.x.test TLSA': cause };
    expect(await attempt({ zone, level })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.5',
      reason: 'TLSA lookup error for mx.x.test:25',
      connections: [],
    });
  }
});

test.each([
  ['signed', signedHost],
  ['not signed', { ...signedHost, '_25._tcp.mx.x.test TLSA': [] }],
])('kumomta#543: an answer that there are none is an answer: %s', async (_, zone) => {
  expect(await attempt({ zone })).toMatchObject({
    outcome: 'sent',
    connections: ['mx.x.test[192.0.2.1] may'],
  });
});

test('kumomta#543: whether the addresses are signed is not asked (nist.gov)', async () => {
  const zone: Zone = {
    '!nist.test MX': mx('nist-test.protection.test'),
    'nist-test.protection.test A': ['192.0.2.1'],
    'nist-test.protection.test AAAA': ['2001:db8::1'],
    '_25._tcp.nist-test.protection.test TLSA': 'SERVFAIL',
  };
  const report = await attempt({ zone, nextHop: 'nist.test' });
  expect(report).toMatchObject({ outcome: 'sent' });
  expect(report.asked).toEqual([
    'nist.test MX',
    'nist-test.protection.test A',
    'nist-test.protection.test AAAA',
  ]);
});

test('kumomta#545: the failure of one host is no reason to leave out the next', async () => {
  const zone: Zone = {
    ...signedZone(ee),
    '!x.test MX': mx('broken.x.test', host),
    '!broken.x.test A': ['192.0.2.9'],
    '_25._tcp.broken.x.test TLSA': 'timeout',
  };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({
    outcome: 'sent',
    word: 'Verified',
    connections: ['mx.x.test[192.0.2.1] dane as mx.x.test'],
  });
});

test('kumomta#517: TLSA records are looked for at the domain of the mail', async () => {
  const { asked } = await attempt({ zone: signedZone(ee), chain: [leaf] });
  expect(asked.filter((question) => question.endsWith(' TLSA'))).toEqual(['_25._tcp.mx.x.test TLSA']);
});

test('KumoMTA: DANE at the name that a signed alias stands for is missed, and mail goes in clear', async () => {
  const zone = {
    '!x.test MX': mx(host),
    '!mx.x.test CNAME': ['mx1.provider.test'],
    '!mx1.provider.test A': ['192.0.2.1'],
    '!_25._tcp.mx1.provider.test TLSA': [ee],
  };
  expect(await attempt({ zone })).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] dane as mx1.provider.test'],
    outcome: 'deferred',
  });
});

describe('KumoMTA: one reference name', () => {
  const zone = signedZone(tlsaFor(authority, '2 1 1'));
  const named = (name: string) => [makeCertificate({ names: [name] }, authority), authority];

  test('the domain of the mail counts', async () => {
    expect(await attempt({ zone, chain: named('x.test') })).toMatchObject({ word: 'Verified' });
  });

  test('and so does what that domain is an alias of', async () => {
    const aliased = { ...zone, '!alias.test CNAME': ['x.test'] };
    for (const name of ['alias.test', 'x.test']) {
      expect(await attempt({ zone: aliased, nextHop: 'alias.test', chain: named(name) })).toMatchObject({
        word: 'Verified',
      });
    }
  });

  test('but not where the MX records were not signed', async () => {
    const { '!x.test MX': records = [], ...rest } = zone;
    const unsigned = { ...rest, 'x.test MX': records };
    expect(await attempt({ zone: unsigned, chain: named('x.test') })).toMatchObject({
      word: 'Untrusted',
      dsn: '4.7.5',
    });
    expect(await attempt({ zone: unsigned, chain: named(host) })).toMatchObject({ word: 'Trusted' });
  });
});

test('KumoMTA: no level that asks for DANE and nothing else', async () => {
  expect(await attempt({ zone: signedHost, level: 'dane-only' })).toMatchObject({
    outcome: 'deferred',
    connections: [],
  });
});

test('KumoMTA: a match through an unsigned MX is told from a real one by nobody', async () => {
  const zone = { 'x.test MX': mx(host), '!mx.x.test A': ['192.0.2.1'], '!_25._tcp.mx.x.test TLSA': [ee] };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Trusted' });
});

describe('KumoMTA: mail goes in clear after a handshake that failed', () => {
  const ageMs = 4 * 86_400_000;
  const unsignedMx = {
    'x.test MX': mx(host),
    '!mx.x.test A': ['192.0.2.1'],
    '!_25._tcp.mx.x.test TLSA': [ee],
  };

  test.each([
    ['dane', signedZone(ee), 'dane as mx.x.test'],
    ['dane-only', signedZone(ee), 'dane-only as mx.x.test'],
    ['dane', unsignedMx, 'half-dane as mx.x.test'],
    ['dane', signedZone({ ...ee, usage: 1 }), 'encrypt'],
    ['encrypt', signedHost, 'encrypt'],
  ] as const)('never at %s, however long it has waited', async (level, zone, treatment) => {
    expect(await attempt({ zone, level, handshakeFails: true, ageMs })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.5',
      connections: [`mx.x.test[192.0.2.1] ${treatment}`],
    });
  });

  test('without TLSA records not at once, and on a new connection', async () => {
    const young = await attempt({ zone: signedHost, handshakeFails: true });
    expect(young).toMatchObject({ outcome: 'deferred', connections: ['mx.x.test[192.0.2.1] may'] });
    const old = await attempt({ zone: signedHost, handshakeFails: true, ageMs });
    expect(old).toMatchObject({
      outcome: 'sent',
      connections: ['mx.x.test[192.0.2.1] may', 'mx.x.test[192.0.2.1] none'],
    });
  });
});

test('kumomta#577: a server that stalls in the handshake is no failure to recover from', async () => {
  const server = await serve({ on: { STARTTLS: { stall: '220 go' } } });
  const { connected } = await call(server, 'may', { timeouts: { ...patient, starttlsMs: 1_500 } });
  expect(connected).toMatchObject({ step: 'handshake', status: { outcome: 'deferred', scope: 'message' } });
});
