import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeCertificate, pemOf, withUnknownKey } from '../../../test/support/test-ca.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { parseDaneDigest, parseTlsa, screen, strongestDigests, tlsaText, usability } from './tlsa.ts';
import type { DaneDigest } from './tlsa.ts';

const record = (
  usage: number,
  selector: number,
  matching: number,
  data: Uint8Array = Buffer.alloc(32),
): TlsaRecord => ({
  usage,
  selector,
  matching,
  data,
});
const certificate = makeCertificate({ names: ['mx.example.test'] });
const sha256 = createHash('sha256').update(certificate.spki).digest();
const sha512 = createHash('sha512').update(certificate.spki).digest();
const unknown = withUnknownKey(certificate);

describe('parseTlsa()', () => {
  test('reads the three parameters and the rest', () => {
    expect(parseTlsa(Buffer.from([3, 1, 1, 0xab, 0xcd]))).toEqual({
      usage: 3,
      selector: 1,
      matching: 1,
      data: new Uint8Array([0xab, 0xcd]),
    });
  });

  test.each([[[]], [[3]], [[3, 1]], [[3, 1, 1]], [[3, 1, 0]], [[2, 0, 0]]])(
    '%j is a record, and unusable',
    (octets) => {
      const parsed = parseTlsa(Uint8Array.from(octets));
      expect(parsed.data).toHaveLength(0);
      expect(usability(parsed).usable).toBe(false);
    },
  );

  test('takes 64 KiB', () => {
    expect(parseTlsa(new Uint8Array(65_535)).data).toHaveLength(65_532);
  });

  test('keeps no hold of the message it was read from', () => {
    const rdata = Buffer.from([3, 1, 1, 7]);
    const parsed = parseTlsa(rdata);
    rdata.fill(0);
    expect(parsed.data).toEqual(new Uint8Array([7]));
  });
});

describe('usability(): RFC 6698 §4.1, RFC 7672 §3.1', () => {
  test.each([
    ['3 1 1', record(3, 1, 1, sha256)],
    ['3 1 2', record(3, 1, 2, sha512)],
    ['3 0 1', record(3, 0, 1)],
    ['2 1 1', record(2, 1, 1)],
    ['2 0 2', record(2, 0, 2, sha512)],
    ['3 0 0 of a certificate', record(3, 0, 0, certificate.der)],
    ['2 0 0 of a certificate', record(2, 0, 0, certificate.der)],
    ['3 1 0 of a key', record(3, 1, 0, certificate.spki)],
    ['2 1 0 of a key', record(2, 1, 0, certificate.spki)],
    [
      '3 1 0 of an Ed25519 key',
      record(3, 1, 0, generateKeyPairSync('ed25519').publicKey.export({ type: 'spki', format: 'der' })),
    ],
  ])('%s is usable', (_, each) => {
    expect(usability(each)).toEqual({ usable: true });
  });

  test.each([
    ['PKIX-TA(0)', record(0, 1, 1), 'certificate usage 0 does not apply to SMTP'],
    ['PKIX-EE(1)', record(1, 1, 1), 'certificate usage 1 does not apply to SMTP'],
    ['usage 4', record(4, 1, 1), 'unknown certificate usage 4'],
    ['usage 255', record(255, 1, 1), 'unknown certificate usage 255'],
    ['selector 2', record(3, 2, 1), 'unknown selector 2'],
    ['selector 255', record(3, 255, 0, certificate.der), 'unknown selector 255'],
    ['matching type 3', record(3, 1, 3), 'unknown matching type 3'],
    ['matching type 255', record(3, 1, 255), 'unknown matching type 255'],
    ['SHA-256 of 31 octets', record(3, 1, 1, Buffer.alloc(31)), 'digest of 31 octets, not 32'],
    ['SHA-256 of 33 octets', record(3, 1, 1, Buffer.alloc(33)), 'digest of 33 octets, not 32'],
    ['SHA-512 of 32 octets', record(3, 1, 2, Buffer.alloc(32)), 'digest of 32 octets, not 64'],
    ['SHA-512 of 63 octets', record(3, 1, 2, Buffer.alloc(63)), 'digest of 63 octets, not 64'],
    ['nothing', record(3, 1, 1, Buffer.alloc(0)), 'no association data'],
    ['3 0 0 of a digest', record(3, 0, 0, sha256), 'association data is not one certificate'],
    ['3 0 0 of a key', record(3, 0, 0, certificate.spki), 'association data is not one certificate'],
    [
      '2 0 0 of PEM',
      record(2, 0, 0, Buffer.from(pemOf(certificate.der))),
      'association data is not one certificate',
    ],
    [
      '2 0 0 with an octet more',
      record(2, 0, 0, Buffer.concat([certificate.der, Buffer.from([0])])),
      'association data is not one certificate',
    ],
    [
      '2 0 0 of two certificates',
      record(2, 0, 0, Buffer.concat([certificate.der, certificate.der])),
      'association data is not one certificate',
    ],
    [
      '2 0 0 cut off',
      record(2, 0, 0, certificate.der.subarray(0, -1)),
      'association data is not one certificate',
    ],
    ['3 1 0 of a certificate', record(3, 1, 0, certificate.der), 'association data is not one public key'],
    ['3 1 0 of a digest', record(3, 1, 0, sha256), 'association data is not one public key'],
    [
      '2 1 0 with an octet more',
      record(2, 1, 0, Buffer.concat([certificate.spki, Buffer.from([0])])),
      'association data is not one public key',
    ],
    ['2 1 0 of an unknown key', record(2, 1, 0, unknown.spki), 'association data is not one public key'],
    [
      '2 0 0 with an unknown key',
      record(2, 0, 0, unknown.der),
      'certificate has a public key that cannot be decoded',
    ],
  ])('%s is not', (_, each, reason) => {
    expect(usability(each)).toEqual({ usable: false, reason });
  });
});

test('usability(): a digest that is not wanted is unusable, and what is no digest is none the worse', () => {
  const wanted = ['sha256'] as const;
  const reason = 'matching type 2 is not wanted';
  expect(usability(record(3, 1, 2, sha512), wanted)).toEqual({ usable: false, reason });
  expect(usability(record(3, 1, 1, sha256), wanted)).toEqual({ usable: true });
  expect(usability(record(3, 1, 0, certificate.spki), wanted)).toEqual({ usable: true });
  expect(usability(record(3, 1, 3), wanted)).toEqual({ usable: false, reason: 'unknown matching type 3' });
});

test.each([
  ['sha512', 'sha512'],
  ['SHA256', 'sha256'],
  ['sha512=2', 'sha512'],
  ['sha256=1', 'sha256'],
  ['sha256=2', undefined],
  ['sha256=', undefined],
  ['sha384', undefined],
  ['sha1', undefined],
  ['', undefined],
])('parseDaneDigest(): %s', (text, digest) => {
  expect(parseDaneDigest(text)).toBe(digest);
});

describe('screen()', () => {
  test('reads 64 keys of an RRset; what is beyond counts as usable, for it must be matched', () => {
    const noKey = { usage: 2, selector: 1, matching: 0, data: Buffer.from('3003020101', 'hex') };
    const crowd = (length: number): TlsaRecord[] => Array.from({ length }, () => noKey);
    expect(screen(crowd(64), 'owner').usable).toEqual([]);
    expect(screen(crowd(70), 'owner').usable).toHaveLength(6);
    expect(usability(noKey)).toMatchObject({ usable: false });
  });

  const owner = '_25._tcp.mx.example.test';

  test('keeps the usable records in order and says nothing about them', () => {
    const records = [record(3, 1, 1), record(2, 0, 1)];
    expect(screen(records, owner)).toEqual({ usable: records, warnings: [] });
  });

  test.each([
    [record(1, 1, 1), `${owner} unsupported TLSA certificate usage: 1 1 1 ${'00'.repeat(32)}`],
    [record(3, 1, 255, Buffer.from('abc')), `${owner} reserved private-use matching type: 3 1 255 616263`],
    [record(3, 1, 1, Buffer.from('abc')), `${owner}: unusable TLSA RR: 3 1 1 616263`],
    [record(2, 0, 1, Buffer.from('abc')), `${owner}: unusable TLSA RR: 2 0 1 616263`],
    [parseTlsa(Buffer.from([3, 1, 1])), `${owner}: truncated TLSA RR`],
  ])('warns with %#', (each, warning) => {
    expect(screen([record(3, 1, 1), each], owner)).toEqual({
      usable: [record(3, 1, 1)],
      warnings: [warning],
    });
  });

  test('an unwanted digest is unusable', () => {
    const [small, large] = [record(3, 1, 1, sha256), record(3, 1, 2, sha512)];
    expect(screen([small, large], owner, ['sha256'])).toEqual({
      usable: [small],
      warnings: [`${owner}: unusable TLSA RR: ${tlsaText(large)}`],
    });
  });

  test('does not fill the log for an RRset of thousands of broken records', () => {
    const { usable, warnings } = screen(
      Array.from({ length: 1800 }, () => record(0, 0, 0)),
      owner,
    );
    expect(usable).toEqual([]);
    expect(warnings).toHaveLength(11);
    expect(warnings.at(-1)).toBe(`${owner}: 1790 more unusable TLSA RRs`);
  });
});

test.each([
  [record(3, 1, 1, Buffer.from('0123456789abcdef', 'hex')), '3 1 1 0123456789ABCDEF'],
  [record(3, 1, 2, Buffer.alloc(64, 0xaa)), `3 1 2 ${'AA'.repeat(64)}`],
  [
    record(2, 0, 0, Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(9, 2), Buffer.alloc(32, 3)])),
    `2 0 0 ${'01'.repeat(32)}...${'03'.repeat(32)}`,
  ],
  [record(255, 255, 255, Buffer.alloc(0)), '255 255 255 '],
])('tlsaText(): %#', (each, text) => {
  expect(tlsaText(each)).toBe(text);
});

describe('strongestDigests(): RFC 7671 §9', () => {
  const named = {
    ee256: record(3, 1, 1, sha256),
    ee512: record(3, 1, 2, sha512),
    eeFull: record(3, 1, 0, certificate.spki),
    cert256: record(3, 0, 1, sha256),
    ta256: record(2, 1, 1, sha256),
    ta512: record(2, 1, 2, sha512),
  };
  type Named = keyof typeof named;

  test.each<[string, Named[], Named[], DaneDigest[]?]>([
    ['SHA-512 displaces SHA-256', ['ee256', 'ee512'], ['ee512']],
    ['SHA-256 counts alone', ['ee256'], ['ee256']],
    ['Full(0) always counts and displaces nothing', ['eeFull', 'ee256'], ['eeFull', 'ee256']],
    ['Full(0) stays beside the strongest', ['ee256', 'eeFull', 'ee512'], ['eeFull', 'ee512']],
    ['another selector is another group', ['cert256', 'ee512'], ['cert256', 'ee512']],
    ['another usage is another group', ['ta256', 'ee512'], ['ta256', 'ee512']],
    ['each group for itself', ['ta256', 'ee256', 'ta512'], ['ee256', 'ta512']],
    ['every record of the strongest digest counts', ['ee512', 'ee512', 'ee256'], ['ee512', 'ee512']],
    ['the order can be another', ['ee256', 'ee512'], ['ee256'], ['sha256', 'sha512']],
    ['in another order too a digest counts alone', ['ee512'], ['ee512'], ['sha256', 'sha512']],
    ['Full(0) counts in any order', ['eeFull', 'ee512', 'ee256'], ['eeFull', 'ee256'], ['sha256', 'sha512']],
    ['none', [], []],
  ])('%s', (_, given, kept, preference) => {
    const records = given.map((name) => named[name]);
    expect(strongestDigests(records, preference)).toEqual(kept.map((name) => named[name]));
  });

  test('a key nobody can decode in Full(0) stays out of the way: it is screened before', () => {
    const { usable } = screen([record(3, 1, 0, unknown.spki), named.ee256], 'owner');
    expect(strongestDigests(usable)).toEqual([named.ee256]);
  });

  test('a malformed SHA-512 does not displace SHA-256: it is screened before', () => {
    const { usable } = screen([record(3, 1, 2, Buffer.alloc(63)), named.ee256], 'owner');
    expect(strongestDigests(usable)).toEqual([named.ee256]);
  });
});
