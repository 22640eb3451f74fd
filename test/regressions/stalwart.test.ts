import { describe, expect, test } from 'vitest';
import { judge } from '../../src/core/tls-policy/judge.ts';
import { credentials, serverFixture } from '../scenario/session/scripted-server.ts';
import { call, patient } from '../scenario/session/session-kit.ts';
import { policyAt } from '../support/delivery-kit.ts';
import { makeAuthority, makeCertificate, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone, type Zone } from './fake-dns.ts';

/**
 * What was found in Stalwart 0.16 as a DANE client, and what its users reported.
 *
 * Not here:
 * - a configured relay host is never eligible for DANE (#2328): there is no setting for a relay host.
 * - #1066, #1578, locks and entries of the queue that are stuck: no question of DANE; leases and the sweeper have scenarios.
 */

const host = 'mx.x.test';
const root = makeAuthority('Private Root');
const authority = makeAuthority('Private CA', {}, root);
const leaf = makeCertificate({ names: [host] }, authority);
const stranger = makeAuthority('Stranger');
const ee = tlsaFor(leaf, '3 1 1');
const serve = serverFixture();

test('Stalwart: an unsigned alias before signed MX records does not count', async () => {
  const zone = {
    'x.test CNAME': ['y.test'],
    '!y.test MX': mx(host),
    '!mx.x.test A': ['192.0.2.1'],
    '!_25._tcp.mx.x.test TLSA': [ee],
  };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Trusted' });
  expect(await attempt({ zone, level: 'dane-only', chain: [leaf] })).toMatchObject({
    reason: 'non DNSSEC destination',
    connections: [],
  });
});

test('Stalwart: TLSA records of unsigned hosts are asked for, and their failure holds the mail', async () => {
  const zone: Zone = {
    '!x.test MX': mx('x.protection.test'),
    'x.protection.test A': ['192.0.2.1'],
    '_25._tcp.x.protection.test TLSA': 'SERVFAIL',
  };
  const report = await attempt({ zone });
  expect(report).toMatchObject({ outcome: 'sent', connections: ['x.protection.test[192.0.2.1] may'] });
  expect(report.asked.filter((question) => question.endsWith(' TLSA'))).toEqual([]);
});

test('Stalwart: where a signed alias leads is no base domain', async () => {
  const zone = {
    '!x.test MX': mx(host),
    '!mx.x.test CNAME': ['mx1.provider.test'],
    '!mx1.provider.test A': ['192.0.2.1'],
    '!_25._tcp.mx1.provider.test TLSA': [ee],
    '!_25._tcp.mx.x.test TLSA': [tlsaFor(stranger, '3 1 1')],
  };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] dane as mx1.provider.test'],
    word: 'Verified',
  });
});

describe('Stalwart: an unsigned alias of the TLSA name leads to signed records of an attacker', () => {
  const forged = {
    ...signedHost,
    '_25._tcp.mx.x.test CNAME': ['_25._tcp.attacker.test'],
    '!_25._tcp.attacker.test TLSA': [tlsaFor(stranger, '3 1 1')],
  };

  test('which prove nothing', async () => {
    expect(await attempt({ zone: forged, chain: [stranger] })).toMatchObject({ word: 'Untrusted' });
    expect(await attempt({ zone: forged, level: 'dane-only', chain: [stranger] })).toMatchObject({
      reason: 'no TLSA records found',
      connections: [],
    });
  });

  test('a signed alias is followed, and the base domain stays', async () => {
    const zone = {
      ...signedHost,
      '!_25._tcp.mx.x.test CNAME': ['tlsa.shared.test'],
      '!tlsa.shared.test TLSA': [tlsaFor(authority, '2 1 1')],
    };
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] dane as mx.x.test'],
      word: 'Verified',
    });
  });
});

describe('Stalwart: with unusable records only, TLS is optional', () => {
  test('no: it is required', async () => {
    expect(await attempt({ zone: signedZone({ ...ee, usage: 1 }) })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] encrypt'],
    });
  });

  test('and stripping STARTTLS does not get the mail in clear', async () => {
    const server = await serve({ ehlo: ['PIPELINING'] });
    const { connected } = await call(server, 'encrypt');
    expect(connected).toMatchObject({ step: 'STARTTLS', status: { outcome: 'deferred', dsn: '4.7.4' } });
  });
});

test('Stalwart: no digest agility', async () => {
  const zone = signedZone(ee, { ...ee, matching: 2, data: Buffer.alloc(64) });
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ dsn: '4.7.5', word: 'Untrusted' });
});

test('Stalwart: a certificate that does not match bounces the mail', async () => {
  const server = await serve({ tls: credentials(leaf) });
  const policy = policyAt('dane', { tlsa: [tlsaFor(stranger, '3 1 1')] });
  const { connected } = await call(server, policy, { judge: (chain, own) => judge(chain, own, Date.now()) });
  expect(connected).toMatchObject({
    step: 'certificate',
    status: { outcome: 'deferred', dsn: '4.7.5', scope: 'host' },
  });
});

test('Stalwart: "dane: require" bounces mail where there are no TLSA records', async () => {
  expect(await attempt({ zone: signedHost, level: 'dane-only' })).toMatchObject({
    outcome: 'deferred',
    dsn: '4.7.5',
    connections: [],
  });
});

test('Stalwart: TLSA records are those of port 25, whatever the port', async () => {
  const zone = { ...signedHost, '!_26._tcp.mx.x.test TLSA': [ee] };
  expect(await attempt({ zone, port: 26, chain: [leaf] })).toMatchObject({ word: 'Verified' });
});

test('Stalwart: a match through an unsigned MX is told from a real one by nobody', async () => {
  const zone = { 'x.test MX': mx(host), '!mx.x.test A': ['192.0.2.1'], '!_25._tcp.mx.x.test TLSA': [ee] };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Trusted' });
});

describe('stalwart#2287, #2328: DANE-TA', () => {
  test.each([
    ['the end entity matches, the authority does not', [ee, tlsaFor(stranger, '2 1 1')]],
    [
      'the authority matches, the end entity does not',
      [tlsaFor(stranger, '3 1 1'), tlsaFor(authority, '2 1 1')],
    ],
  ])('one of the two is enough: %s', async (_, records) => {
    expect(await attempt({ zone: signedZone(...records), chain: [leaf, authority] })).toMatchObject({
      word: 'Verified',
    });
  });

  test.each([
    ['an intermediate authority without its root', tlsaFor(authority, '2 1 1'), [leaf, authority]],
    ['a root that nobody else knows', tlsaFor(root, '2 0 1'), [leaf, authority, root]],
  ])('the record is the anchor, no list of roots is asked: %s', async (_, record, chain) => {
    expect(await attempt({ zone: signedZone(record), chain })).toMatchObject({ word: 'Verified' });
  });

  test('the TLSA base domain is what SNI says and what the certificate must show', async () => {
    const zone = {
      '!x.test MX': mx('alias.x.test'),
      '!alias.x.test CNAME': [host],
      '!mx.x.test A': ['192.0.2.1'],
      '!_25._tcp.mx.x.test TLSA': [tlsaFor(authority, '2 1 1')],
    };
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
      connections: ['alias.x.test[192.0.2.1] dane as mx.x.test'],
      word: 'Verified',
    });
  });

  test('the domain of the mail will do, too', async () => {
    const byDomain = makeCertificate({ names: ['x.test'] }, authority);
    const zone = signedZone(tlsaFor(authority, '2 1 1'));
    expect(await attempt({ zone, chain: [byDomain, authority] })).toMatchObject({ word: 'Verified' });
  });
});

test('stalwart#2328: a domain without MX records is never eligible', async () => {
  const zone = { '!x.test A': ['192.0.2.1'], '!_25._tcp.x.test TLSA': [ee] };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({
    connections: ['x.test[192.0.2.1] dane as x.test'],
    word: 'Verified',
  });
});

describe('jabali-panel#1407: a forwarder that strips signatures makes every signed domain bogus', () => {
  test('such mail waits', async () => {
    expect(await attempt({ zone: { 'x.test MX': 'SERVFAIL' } })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.4.3',
    });
  });

  test('and when the probe shows it, mail is not even tried', async () => {
    expect(await attempt({ zone: signedHost, validating: false })).toEqual({
      outcome: 'none',
      connections: [],
      asked: [],
      lines: [],
    });
  });
});

test('stalwart#2059: a server that stalls in the handshake is waited for in vain, again and again', async () => {
  const server = await serve({ on: { STARTTLS: { stall: '220 go' } } });
  const timeouts = { ...patient, starttlsMs: 1_500 };
  const { connected, lines } = await call(server, 'dane', { timeouts });
  expect(connected).toMatchObject({
    step: 'handshake',
    status: { outcome: 'deferred', dsn: '4.7.5', scope: 'host' },
  });
  expect(lines).toEqual([`SSL_connect error to mx.test[127.0.0.1]:${server.port}: Connection timed out`]);
});
