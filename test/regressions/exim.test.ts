import { describe, expect, test } from 'vitest';
import { makeAuthority, makeCertificate, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone } from './fake-dns.ts';

/**
 * What was found in Exim 4.99 as a DANE client.
 *
 * Not here: `dns_trust_aa`; authority is no proof here, AD of a trusted resolver is (scenario of the resolver).
 */

const host = 'mx.x.test';
const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: [host] }, authority);
const ee = tlsaFor(leaf, '3 1 1');

test('Exim: a signed alias of an unsigned host loses DANE', async () => {
  const zone = {
    '!x.test MX': mx(host),
    '!mx.x.test CNAME': ['mx1.unsigned.test'],
    'mx1.unsigned.test A': ['192.0.2.1'],
    '!_25._tcp.mx.x.test TLSA': [ee],
  };
  const report = await attempt({ zone, chain: [leaf] });
  expect(report).toMatchObject({ connections: ['mx.x.test[192.0.2.1] dane as mx.x.test'], word: 'Verified' });
  expect(report.asked).not.toContain('_25._tcp.mx1.unsigned.test TLSA');
});

test('Exim: an RRset of which nothing is usable defers mail', async () => {
  const zone = signedZone({ ...ee, usage: 1 }, { ...ee, usage: 0 });
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] encrypt'],
    outcome: 'sent',
  });
});

describe('Exim: records that OpenSSL refuses are counted as loaded', () => {
  const refused = { usage: 3, selector: 1, matching: 0, data: Buffer.from('no key') };

  test('alone they authenticate nobody, and ask for TLS', async () => {
    expect(await attempt({ zone: signedZone(refused), chain: [leaf] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] encrypt'],
      outcome: 'sent',
    });
  });

  test('beside a good one they do not exist', async () => {
    expect(await attempt({ zone: signedZone(refused, ee), chain: [leaf] })).toMatchObject({
      word: 'Verified',
    });
  });
});

test('Exim: the domain of the mail is no reference name', async () => {
  const byDomain = makeCertificate({ names: ['x.test'] }, authority);
  const zone = signedZone(tlsaFor(authority, '2 0 1'));
  expect(await attempt({ zone, chain: [byDomain, authority] })).toMatchObject({ word: 'Verified' });
});

test('Exim: no digest agility', async () => {
  const zone = signedZone(ee, { ...ee, matching: 2, data: Buffer.alloc(64) });
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ dsn: '4.7.5', word: 'Untrusted' });
});

test.each([
  ['no records', signedHost, 'no TLSA records found'],
  ['no usable record', signedZone({ ...ee, usage: 0 }), 'TLSA records unusable'],
])('Exim: hosts_require_dane bounces mail: %s', async (_, zone, reason) => {
  expect(await attempt({ zone, level: 'dane-only' })).toMatchObject({
    outcome: 'deferred',
    dsn: '4.7.5',
    reason,
    connections: [],
  });
});

describe('Exim: dns_again_means_nonexist turns a failed lookup into a downgrade (ChangeLog JH/21)', () => {
  test.each(['SERVFAIL', 'timeout', 'REFUSED'] as const)('of TLSA records: %s', async (cause) => {
    expect(await attempt({ zone: { ...signedHost, '_25._tcp.mx.x.test TLSA': cause } })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.7.5',
      connections: [],
    });
  });

  test('of MX records', async () => {
    expect(await attempt({ zone: { 'x.test MX': 'SERVFAIL', 'x.test A': ['192.0.2.1'] } })).toMatchObject({
      outcome: 'deferred',
      dsn: '4.4.3',
      connections: [],
      asked: ['x.test MX'],
    });
  });
});

test('Exim: a match through an unsigned MX is told from a real one by nobody', async () => {
  const zone = { 'x.test MX': mx(host), '!mx.x.test A': ['192.0.2.1'], '!_25._tcp.mx.x.test TLSA': [ee] };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Trusted', outcome: 'sent' });
});

test('Exim: a resolver that has lost its DNSSEC is not noticed', async () => {
  const zone = { 'x.test MX': mx(host), 'mx.x.test A': ['192.0.2.1'] };
  expect(await attempt({ zone, validating: false })).toMatchObject({ outcome: 'none', connections: [] });
});
