import { afterEach, describe, expect, test } from 'vitest';
import { lookupTlsa } from '../../src/core/tls-policy/tlsa-lookup.ts';
import { createStubResolver } from '../../src/resolver/stub-resolver.ts';
import { replyTo, startScriptedDns, type ScriptedDns } from '../scenario/resolver/scripted-dns.ts';
import { serverFixture } from '../scenario/session/scripted-server.ts';
import { call } from '../scenario/session/session-kit.ts';
import { makeAuthority, makeCertificate, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone, type Zone } from './fake-dns.ts';

/** What was found in maddy 0.9 as a DANE client, and what its users reported. */

const host = 'mx.x.test';
const root = makeAuthority('Private Root');
const authority = makeAuthority('Private CA', {}, root);
const leaf = makeCertificate({ names: [host] }, authority);
const ee = tlsaFor(leaf, '3 1 1');
const serve = serverFixture();

describe('maddy#292', () => {
  test('DANE-TA asks for a chain to a root of the Web', async () => {
    const zone = signedZone(tlsaFor(authority, '2 1 1'));
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({ word: 'Verified' });
  });

  test.each([
    ['PKIX-TA(0)', { ...tlsaFor(authority, '2 1 1'), usage: 0 }],
    ['PKIX-EE(1)', { ...ee, usage: 1 }],
  ])('%s is used', async (_, record) => {
    expect(await attempt({ zone: signedZone(record), chain: [leaf, authority] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] encrypt'],
      word: 'Untrusted',
    });
  });

  test('selectors other than Cert(0) and SPKI(1) are used', async () => {
    expect(await attempt({ zone: signedZone({ ...ee, selector: 2 }), chain: [leaf] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] encrypt'],
      word: 'Untrusted',
    });
  });

  test.each([
    ['AAAA denial broken while A is fine', '!mx.x.test A', 'mx.x.test AAAA', '192.0.2.1'],
    ['A denial broken while AAAA is fine', '!mx.x.test AAAA', 'mx.x.test A', '2001:db8::1'],
  ])('%s', async (_, fine, broken, address) => {
    const zone: Zone = {
      '!x.test MX': mx(host),
      [fine]: [address],
      [broken]: 'SERVFAIL',
      '!_25._tcp.mx.x.test TLSA': [ee],
    };
    expect(await attempt({ zone, chain: [leaf] })).toMatchObject({
      connections: [`mx.x.test[${address}] dane as mx.x.test`],
      word: 'Verified',
    });
  });

  test('TLSA records are asked for though the addresses are not signed', async () => {
    const zone: Zone = {
      '!x.test MX': mx(host),
      'mx.x.test A': ['192.0.2.1'],
      '_25._tcp.mx.x.test TLSA': 'SERVFAIL',
    };
    expect(await attempt({ zone })).toMatchObject({
      outcome: 'sent',
      asked: ['x.test MX', 'mx.x.test A', 'mx.x.test AAAA'],
    });
  });

  test('a signed alias of an unsigned host is not told from an unsigned one', async () => {
    const target = { 'mx1.unsigned.test A': ['192.0.2.1'], '!x.test MX': mx(host) };
    const tlsa = { '!_25._tcp.mx.x.test TLSA': [ee] };
    const signed = { ...target, ...tlsa, '!mx.x.test CNAME': ['mx1.unsigned.test'] };
    expect(await attempt({ zone: signed, chain: [leaf] })).toMatchObject({ word: 'Verified' });
    const unsigned = { ...target, ...tlsa, 'mx.x.test CNAME': ['mx1.unsigned.test'] };
    expect(await attempt({ zone: unsigned })).toMatchObject({ connections: ['mx.x.test[192.0.2.1] may'] });
  });
});

test('maddy#287: mail to a provider whose name servers do not answer for TLSA is stuck', async () => {
  const zone: Zone = {
    'unr.test MX': mx('unr-test.protection.test'),
    'unr-test.protection.test A': ['192.0.2.1'],
    '_25._tcp.unr-test.protection.test TLSA': 'SERVFAIL',
  };
  expect(await attempt({ zone, nextHop: 'unr.test' })).toMatchObject({ outcome: 'sent' });
});

test('maddy: whether the MX records are signed is not asked, and the level is called authenticated', async () => {
  const zone = { 'x.test MX': mx(host), '!mx.x.test A': ['192.0.2.1'], '!_25._tcp.mx.x.test TLSA': [ee] };
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Trusted' });
  expect(await attempt({ zone, chain: [leaf], level: 'dane-only' })).toMatchObject({ connections: [] });
});

describe('maddy: a truncated reply is read as "no records"', () => {
  let dns: ScriptedDns | undefined;
  afterEach(async () => dns?.close());

  test.each([
    ['TCP is silent', () => []],
    ['the reply by TCP is truncated too', undefined],
  ])('no: it has failed, when %s', async (_, overTcp) => {
    dns = await startScriptedDns((query, transport) =>
      transport === 'tcp' && overTcp !== undefined ? overTcp() : [replyTo(query, { tc: true, ad: true })],
    );
    const resolver = createStubResolver({
      servers: [dns],
      trustAd: () => true,
      timeoutMs: 100,
      attempts: 1,
      now: Date.now,
      random: () => 1,
    });
    const address = { secure: true, name: host, aliases: [] };
    expect(await lookupTlsa({ host, port: 25, address }, resolver.lookup)).toMatchObject({
      kind: 'failed',
      type: 'TLSA',
    });
    resolver.close();
  });
});

test('maddy: the domain of the mail is no reference name', async () => {
  const byDomain = makeCertificate({ names: ['x.test'] }, authority);
  const zone = signedZone(tlsaFor(authority, '2 0 1'));
  expect(await attempt({ zone, chain: [byDomain, authority] })).toMatchObject({ word: 'Verified' });
});

test.each(['2 0 0', '2 1 0'])('maddy: %s needs the authority in the chain', async (parameters) => {
  const zone = signedZone(tlsaFor(authority, parameters));
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Verified' });
});

test('maddy: no digest agility', async () => {
  const zone = signedZone(ee, { ...ee, matching: 2, data: Buffer.alloc(64) });
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ dsn: '4.7.5', word: 'Untrusted' });
});

test('maddy: a certificate that does not match bounces the mail with 550', async () => {
  expect(await attempt({ zone: signedZone(ee) })).toMatchObject({
    outcome: 'deferred',
    dsn: '4.7.5',
    reason: 'Server certificate not verified',
  });
});

test('maddy: TLSA records are those of port 25, whatever the port', async () => {
  const zone = { ...signedHost, '!_2525._tcp.mx.x.test TLSA': [ee] };
  expect(await attempt({ zone, port: 2525, chain: [leaf] })).toMatchObject({ word: 'Verified' });
});

test('maddy: with a resolver whose AD is not believed DANE is silently off', async () => {
  const zone = { 'x.test MX': mx(host), 'mx.x.test A': ['192.0.2.1'] };
  expect(await attempt({ zone, validating: false })).toMatchObject({ outcome: 'none', connections: [] });
});

test('maddy: after any TLS error the server is greeted again in clear', async () => {
  const server = await serve({ on: { STARTTLS: { drop: '220 go' } } });
  const { connected } = await call(server, 'dane');
  expect(connected).toMatchObject({ step: 'handshake', status: { dsn: '4.7.5' } });
  // Once more with a smaller ClientHello; never without TLS.
  for (const { commands } of server.seen) expect(commands).toEqual(['EHLO relay.test', 'STARTTLS']);
  expect(server.seen.length).toBeGreaterThan(0);
  expect(await attempt({ zone: signedZone(ee), handshakeFails: true })).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] dane as mx.x.test'],
  });
});
