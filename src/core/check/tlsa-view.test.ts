import { expect, test } from 'vitest';
import { makeAuthority, makeCertificate, tlsaFor } from '../../../test/support/test-ca.ts';
import { shownTlsa } from './tlsa-view.ts';

const root = makeAuthority('Root');
const leaf = makeCertificate({ names: ['mx.example.org'] }, root);
const chain = [leaf.der, root.der];

function shown(...records: Parameters<typeof tlsaFor>[1][]) {
  const found = {
    kind: 'records',
    baseDomain: 'mx.example.org',
    owner: '_25._tcp.mx.example.org',
    ttl: 60,
    records: records.map((parameters) => tlsaFor(parameters.startsWith('2') ? root : leaf, parameters)),
  } as const;
  const view = shownTlsa(found, chain);
  return view.kind === 'records' ? view.records : [];
}

test('shownTlsa(): the depth at which each record matches, whichever usage it has', () => {
  expect(shown('3 1 1', '2 0 1').map(({ matches }) => matches)).toEqual([[0], [1]]);
});

test('shownTlsa(): unusable records with the reason, and none of them displaces a sound one', () => {
  expect(shown('1 1 1', '3 1 1')).toMatchObject([
    { usable: false, reason: 'certificate usage 1 does not apply to SMTP', suppressed: false },
    { usable: true, suppressed: false },
  ]);
});

test('shownTlsa(): of several digests the strongest counts (RFC 7671 §9)', () => {
  expect(shown('3 1 1', '3 1 2', '3 0 1').map(({ suppressed }) => suppressed)).toEqual([true, false, false]);
});

test('shownTlsa(): thousands of records and certificates are looked at within bounds', () => {
  const many = Array.from({ length: 1_000 }, () => tlsaFor(leaf, '3 1 1'));
  const found = { kind: 'records', baseDomain: 'a.test', owner: 'a.test', ttl: 0, records: many } as const;
  const view = shownTlsa(
    found,
    Array.from({ length: 30 }, () => leaf.der),
  );
  const records = view.kind === 'records' ? view.records : [];
  // The last one as well as the first.
  expect(records.map(({ matches }) => matches.length)).toEqual(Array(200).fill(30));
});

test('shownTlsa(): why there are none', () => {
  expect(shownTlsa({ kind: 'none', reason: 'address not signed' }, chain)).toEqual({
    kind: 'none',
    reason: 'address not signed',
  });
  expect(shownTlsa(undefined, chain)).toEqual({ kind: 'not asked' });
});

test('shownTlsa(): a record that holds something the relay takes for no certificate', () => {
  const broken = { ...tlsaFor(leaf, '3 0 0'), data: Buffer.concat([leaf.der, Buffer.of(0)]) };
  const found = {
    kind: 'records',
    baseDomain: 'a.test',
    owner: 'a.test',
    ttl: 0,
    records: [broken],
  } as const;
  const view = shownTlsa(found, chain, undefined, () => '/CN=x issued by /CN=y');
  expect(view.kind === 'records' && view.records[0]).toMatchObject({
    usable: false,
    reason: 'association data is not one certificate',
    says: '/CN=x issued by /CN=y',
  });
});
