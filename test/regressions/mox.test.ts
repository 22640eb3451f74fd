import { describe, expect, test } from 'vitest';
import { day, makeAuthority, makeCertificate, now, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone } from './fake-dns.ts';

/**
 * What was found in mox 0.0.17 as a DANE client.
 *
 * Not here: one connection for each attempt; that is no question of DANE, and sessions are reused here (session pool).
 */

const host = 'mx.x.test';
const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: [host] }, authority);

test('mox: a signed alias of an unsigned host loses DANE', async () => {
  const zone = {
    '!x.test MX': mx(host),
    '!mx.x.test CNAME': ['mx1.unsigned.test'],
    'mx1.unsigned.test AAAA': ['2001:db8::1'],
    '!_25._tcp.mx.x.test TLSA': [tlsaFor(leaf, '3 1 1')],
  };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({
    connections: ['mx.x.test[2001:db8::1] dane as mx.x.test'],
    word: 'Verified',
  });
});

describe('mox: 2 1 0 needs the authority in the chain', () => {
  const zone = signedZone(tlsaFor(authority, '2 1 0'));

  test('the key in the record is enough', async () => {
    expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Verified', outcome: 'sent' });
  });

  test('but not for a certificate that has expired or bears another name', async () => {
    const expired = makeCertificate(
      { names: [host], notBefore: now - 9 * day, notAfter: now - day },
      authority,
    );
    const other = makeCertificate({ names: ['other.test'] }, authority);
    for (const certificate of [expired, other]) {
      expect(await attempt({ zone, chain: [certificate] })).toMatchObject({
        dsn: '4.7.5',
        word: 'Untrusted',
      });
    }
  });
});

test('mox: no digest agility', async () => {
  const zone = signedZone(tlsaFor(authority, '2 0 1'), tlsaFor(leaf, '2 0 2'));
  expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
    dsn: '4.7.5',
    word: 'Untrusted',
  });
});

test('mox: a record of usage 2 about the leaf authenticates it', async () => {
  const alone = makeCertificate({ names: [host] });
  for (const parameters of ['2 0 0', '2 0 1', '2 1 1']) {
    const zone = signedZone(tlsaFor(alone, parameters));
    for (const chain of [[alone], [alone, alone]]) {
      expect(await attempt({ zone, chain })).toMatchObject({ outcome: 'deferred', word: 'Untrusted' });
    }
  }
});

test('mox: TLSA records are those of port 25, whatever the port', async () => {
  const zone = { ...signedHost, '!_2525._tcp.mx.x.test TLSA': [tlsaFor(leaf, '3 1 1')] };
  const report = await attempt({ zone, port: 2525, chain: [leaf] });
  expect(report).toMatchObject({ word: 'Verified' });
  expect(report.asked).not.toContain('_25._tcp.mx.x.test TLSA');
});

test('mox: no level that asks for DANE and nothing else', async () => {
  expect(await attempt({ zone: signedHost, level: 'dane-only' })).toMatchObject({
    outcome: 'deferred',
    reason: 'no TLSA records found',
    connections: [],
  });
});

test('mox: a match through an unsigned MX is told from a real one by nobody', async () => {
  const zone = {
    'x.test MX': mx(host),
    '!mx.x.test A': ['192.0.2.1'],
    '!_25._tcp.mx.x.test TLSA': [tlsaFor(leaf, '3 1 1')],
  };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Trusted' });
});
