import { describe, expect, test } from 'vitest';
import { parseTlsa } from '../../src/core/dane/tlsa.ts';
import { verifyDane } from '../../src/core/dane/verify.ts';
import { credentials, serverFixture } from '../scenario/session/scripted-server.ts';
import { call } from '../scenario/session/session-kit.ts';
import { policyAt } from '../support/delivery-kit.ts';
import { day, makeAuthority, makeCertificate, now, tlsaFor } from '../support/test-ca.ts';
import { attempt } from './attempt.ts';
import { mx, signedHost, signedZone } from './fake-dns.ts';

/**
 * What was found in mx-connect 2.0.0 (lib/dane.js, lib/get-connection.js), the only other DANE code for Node.
 *
 * Not here:
 * - M14, a connectHook may replace host or socket after the decision: there are no hooks; a candidate carries its address
 *   and its policy together, and `connect()` takes both from it.
 */

const host = 'mx.x.test';
const authority = makeAuthority('Public CA');
const leaf = makeCertificate({ names: [host] }, authority);
const anchor = tlsaFor(authority, '2 1 1');
const serve = serverFixture();

const refused = (detail: string) => ({
  outcome: 'deferred',
  dsn: '4.7.5',
  reason: 'Server certificate not verified',
  word: 'Untrusted',
  detail,
});

test('mx-connect: what all of this must not break', async () => {
  const zone = signedZone(anchor);
  expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
    outcome: 'sent',
    word: 'Verified',
  });
});

test('mx-connect M1: DANE-TA without a name check', async () => {
  const attacker = makeCertificate({ names: ['attacker.example'] }, authority);
  expect(await attempt({ zone: signedZone(anchor), chain: [attacker, authority] })).toMatchObject(
    refused('num=62:hostname mismatch'),
  );
});

test.each([
  ['CA:FALSE', makeCertificate({ names: ['customer.example'], ca: false }, authority)],
  ['no basicConstraints', makeCertificate({ names: ['customer.example'] }, authority)],
])('mx-connect M2: a leaf issued by the certificate of another customer, %s', async (_, customer) => {
  const forged = makeCertificate({ names: [host] }, customer);
  expect(await attempt({ zone: signedZone(anchor), chain: [forged, customer, authority] })).toMatchObject(
    refused('num=79:invalid CA certificate'),
  );
});

test('mx-connect M3: DANE-TA without a validity check', async () => {
  const expired = makeCertificate(
    { names: [host], notBefore: now - 9 * day, notAfter: now - day },
    authority,
  );
  expect(await attempt({ zone: signedZone(anchor), chain: [expired, authority] })).toMatchObject(
    refused('certificate has expired'),
  );
});

describe('mx-connect M4: TLSA records that are not signed are used and called a success', () => {
  const zone = { ...signedHost, '_25._tcp.mx.x.test TLSA': [anchor] };

  test('at dane they are as good as none', async () => {
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] may'],
      word: 'Untrusted',
      outcome: 'sent',
    });
  });

  test('at dane-only nobody is connected to', async () => {
    expect(await attempt({ zone, level: 'dane-only' })).toMatchObject({
      connections: [],
      outcome: 'deferred',
      reason: 'no TLSA records found',
    });
  });
});

describe('mx-connect M5: the security of the MX records is not known', () => {
  const zone = { 'x.test MX': mx(host), '!mx.x.test A': ['192.0.2.1'], '!_25._tcp.mx.x.test TLSA': [anchor] };

  test('at dane the match is Trusted, not Verified', async () => {
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] half-dane as mx.x.test'],
      word: 'Trusted',
      outcome: 'sent',
    });
  });

  test('at dane-only nobody is connected to', async () => {
    expect(await attempt({ zone, level: 'dane-only', chain: [leaf, authority] })).toMatchObject({
      connections: [],
      dsn: '4.7.5',
      reason: 'non DNSSEC destination',
    });
  });
});

test('mx-connect M6: records as the resolver gives them match nothing', async () => {
  const { usage, selector, matching, data } = tlsaFor(leaf, '3 1 1');
  const fromTheWire = parseTlsa(Buffer.concat([Buffer.of(usage, selector, matching), data]));
  expect(await attempt({ zone: signedZone(fromTheWire), chain: [leaf] })).toMatchObject({ word: 'Verified' });
});

test.each(['0 1 1', '1 1 1'])('mx-connect M7: usage of %s stands for a DANE usage', async (parameters) => {
  const subject = parameters.startsWith('0') ? authority : leaf;
  expect(
    await attempt({ zone: signedZone(tlsaFor(subject, parameters)), chain: [leaf, authority] }),
  ).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] encrypt'],
    word: 'Untrusted',
  });
});

test.each([
  ['an unknown matching type', { ...tlsaFor(leaf, '3 1 1'), matching: 9 }],
  ['a PKIX usage that does not match', { ...tlsaFor(authority, '3 1 1'), usage: 1 }],
  ['a digest cut short', { ...tlsaFor(leaf, '3 1 1'), data: Buffer.alloc(31) }],
])('mx-connect M8: an RRset of nothing but %s makes a domain unreachable', async (_, record) => {
  expect(await attempt({ zone: signedZone(record), chain: [leaf] })).toMatchObject({
    connections: ['mx.x.test[192.0.2.1] encrypt'],
    outcome: 'sent',
  });
});

test.each([
  ['matching type 9 is Full(0)', { ...tlsaFor(leaf, '3 0 0'), matching: 9 }],
  ['selector 7 is Cert(0)', { ...tlsaFor(leaf, '3 0 1'), selector: 7 }],
])('mx-connect M9: %s', (_, record) => {
  expect(verifyDane([leaf.der], [record], [host], now)).toMatchObject({ cause: 'no matching record' });
});

test('mx-connect M10: no digest agility, a good SHA-256 makes up for a bad SHA-512', async () => {
  const zone = signedZone(tlsaFor(leaf, '3 1 1'), tlsaFor(authority, '3 1 2'));
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject(
    refused('num=65:no matching DANE TLSA records'),
  );
});

test('mx-connect M11: 2 0 0 needs the authority in the chain', async () => {
  const zone = signedZone(tlsaFor(authority, '2 0 0'));
  expect(await attempt({ zone, chain: [leaf] })).toMatchObject({ word: 'Verified', outcome: 'sent' });
});

describe('mx-connect M12: the check hangs on a callback of Node', () => {
  test.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'that sees no chain, and is passed over when a session is resumed (%s)',
    async (version) => {
      const tls = { ...credentials(leaf, authority), minVersion: version, maxVersion: version };
      const server = await serve({ tls });
      const judged: number[] = [];
      for (let time = 0; time < 2; time += 1) {
        const { connected } = await call(server, policyAt('dane', { tlsa: [anchor] }), {
          judge: (chain) => {
            judged.push(chain.length);
            return { word: 'Verified', ok: true };
          },
        });
        if (connected.kind === 'trouble') throw new Error(connected.status.reason);
        connected.session.close();
      }
      expect(judged).toEqual([2, 2]);
    },
  );
});

describe('mx-connect M13: TLSA records are looked for at the name in the MX record only', () => {
  const aliased = {
    '!x.test MX': mx(host),
    '!mx.x.test CNAME': ['mx1.provider.test'],
    '!mx1.provider.test A': ['192.0.2.1'],
  };

  test('where the alias leads comes first', async () => {
    const zone = { ...aliased, '!_25._tcp.mx1.provider.test TLSA': [anchor] };
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] dane as mx1.provider.test'],
      // The certificate shows the alias, which is not the base domain.
      detail: 'num=62:hostname mismatch',
    });
  });

  test('the alias itself second', async () => {
    const zone = { ...aliased, '!_25._tcp.mx.x.test TLSA': [anchor] };
    expect(await attempt({ zone, chain: [leaf, authority] })).toMatchObject({
      connections: ['mx.x.test[192.0.2.1] dane as mx.x.test'],
      word: 'Verified',
    });
  });
});

test.each(['encrypt', 'half-dane', 'dane', 'dane-only'] as const)(
  'mx-connect M15: requireTls is only a flag (%s)',
  async (level) => {
    const server = await serve({ ehlo: ['PIPELINING'] });
    const { connected } = await call(server, level);
    expect(connected).toMatchObject({
      kind: 'trouble',
      step: 'STARTTLS',
      status: { outcome: 'deferred', dsn: '4.7.4' },
    });
    expect(server.seen[0]?.commands.some((line) => line.startsWith('MAIL'))).toBe(false);
  },
);

test.each(['2 0 0', '2 0 1', '2 1 0', '2 1 1'])(
  'mx-connect M16: %s of the leaf itself',
  async (parameters) => {
    expect(
      await attempt({ zone: signedZone(tlsaFor(leaf, parameters)), chain: [leaf, authority] }),
    ).toMatchObject({
      outcome: 'deferred',
      word: 'Untrusted',
    });
  },
);
