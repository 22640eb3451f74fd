import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitString, der, integer, objectIdentifier, sequence } from '../../../test/support/der-writer.ts';
import {
  day,
  makeAuthority,
  makeCertificate,
  now,
  rsaKeys,
  withUnknownKey,
} from '../../../test/support/test-ca.ts';
import { parseCertificate, readSubjectPublicKeyInfo } from './certificate.ts';
import { readValues } from './der.ts';

describe('readSubjectPublicKeyInfo()', () => {
  test.each([
    ['EC', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['RSA', rsaKeys(2048)],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('is what OpenSSL says, for %s', (_, keys) => {
    const { der: encoding } = makeCertificate({ keys });
    const expected = new X509Certificate(encoding).publicKey.export({ type: 'spki', format: 'der' });
    expect(Buffer.from(readSubjectPublicKeyInfo(encoding) ?? '')).toEqual(expected);
  });

  test('finds the key of a version 1 certificate, which has no version field', () => {
    const { der: encoding, spki } = makeCertificate({ version: 1 });
    expect(Buffer.from(readSubjectPublicKeyInfo(encoding) ?? '')).toEqual(spki);
  });

  test('does not care for a key type that nobody knows', () => {
    const { der: altered, spki: unknown } = withUnknownKey(makeCertificate({}));
    expect(() => new X509Certificate(altered).publicKey).toThrow(/./);
    expect(Buffer.from(readSubjectPublicKeyInfo(altered) ?? '')).toEqual(unknown);
  });

  test.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('-----BEGIN CERTIFICATE-----')],
    ['an octet too many', Buffer.concat([makeCertificate({}).der, Buffer.from([0])])],
    ['an octet too few', makeCertificate({}).der.subarray(0, -1)],
    ['two certificates', Buffer.concat([makeCertificate({}).der, makeCertificate({}).der])],
    [
      'a certificate with a fourth member',
      sequence(
        ...(readValues(readValues(makeCertificate({}).der)?.[0]?.content ?? new Uint8Array()) ?? []).map(
          ({ encoding }) => encoding,
        ),
        integer(1),
      ),
    ],
    ['some other sequence', sequence(sequence(integer(1)), sequence(), bitString(Buffer.alloc(1)))],
  ])('is undefined for %s', (_, encoding) => {
    expect(readSubjectPublicKeyInfo(encoding)).toBeUndefined();
  });
});

describe('parseCertificate()', () => {
  test('reads names, dates, version, serial number and algorithm', () => {
    const issuer = makeAuthority('Root');
    const { der: encoding } = makeCertificate({ subject: 'leaf', names: ['a.test', '*.B.test'] }, issuer);
    const parsed = parseCertificate(encoding);
    expect(parsed).toMatchObject({
      version: 3,
      notBefore: now - 30 * day,
      notAfter: now + 30 * day,
      dnsNames: ['a.test', '*.B.test'],
      selfIssued: false,
      signatureAlgorithm: { algorithm: '1.2.840.10045.4.3.2' },
      unknownCritical: [],
    });
    expect(parsed?.subject.commonNames).toEqual(['leaf']);
    expect(parsed?.issuer.commonNames).toEqual(['Root']);
    expect(parsed?.serialNumber.toUpperCase()).toBe(new X509Certificate(encoding).serialNumber);
  });

  test('is undefined for a date that is none, which the key does not depend on', () => {
    const { der: encoding } = makeCertificate({});
    const altered = Buffer.from(encoding);
    altered.write('13', altered.indexOf(Buffer.from([0x17, 0x0d])) + 4);
    expect(parseCertificate(altered)).toBeUndefined();
    expect(readSubjectPublicKeyInfo(altered)).toBeDefined();
  });

  test('is undefined for a version after 3 and for members that do not belong', () => {
    const [tbs] = readValues(readValues(makeCertificate({}).der)?.[0]?.content ?? new Uint8Array()) ?? [];
    const members = readValues(tbs?.content ?? new Uint8Array())?.map(({ encoding }) => encoding) ?? [];
    const build = (...parts: Uint8Array[]): Buffer =>
      sequence(sequence(...parts), sequence(objectIdentifier('1.2.3')), bitString(Buffer.alloc(8)));
    expect(parseCertificate(build(...members))).toBeDefined();
    expect(parseCertificate(build(der(0xa0, integer(3)), ...members.slice(1)))).toBeUndefined();
    expect(parseCertificate(build(...members, integer(1)))).toBeUndefined();
  });
});
