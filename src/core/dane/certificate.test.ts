import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  bitString,
  boolean,
  der,
  integer,
  objectIdentifier,
  sequence,
} from '../../../test/support/der-writer.ts';
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
  test('reads names, dates, version, serial number and kinds of keys', () => {
    const issuer = makeAuthority('Root');
    const { der: encoding } = makeCertificate({ subject: 'leaf', names: ['a.test', '*.B.test'] }, issuer);
    const parsed = parseCertificate(encoding);
    expect(parsed).toMatchObject({
      version: 3,
      notBefore: now - 30 * day,
      notAfter: now + 30 * day,
      dnsNames: ['a.test', '*.B.test'],
      selfIssued: false,
      key: { family: 'EC' },
      signedWith: 'EC',
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

describe('parseCertificate(): the parts of a certificate, RFC 5280 §4.1', () => {
  const membersOf = (encoding: Uint8Array): Uint8Array[] =>
    (readValues(readValues(encoding)?.[0]?.content ?? new Uint8Array()) ?? []).map((each) => each.encoding);
  const [tbs = Buffer.alloc(0), outerAlgorithm = Buffer.alloc(0), signature = Buffer.alloc(0)] = membersOf(
    makeCertificate({ names: ['mx.test'] }).der,
  );
  const parts = membersOf(tbs);
  const wholes = {
    version: 0,
    serial: 1,
    issuer: 3,
    validity: 4,
    subject: 5,
    key: 6,
    extensions: 7,
  } as const;
  const withTbs = (...members: Uint8Array[]): Buffer =>
    sequence(sequence(...members), outerAlgorithm, signature);
  const instead = (place: keyof typeof wholes, other: Uint8Array): Buffer =>
    withTbs(...parts.map((part, index) => (index === wholes[place] ? other : part)));
  const [notBefore = Buffer.alloc(0), notAfter = Buffer.alloc(0)] = membersOf(parts[wholes.validity] ?? tbs);

  test('are all there in one that is whole', () => {
    expect(parseCertificate(withTbs(...parts))).toMatchObject({ version: 3, dnsNames: ['mx.test'] });
  });

  test.each([
    ['no signature', sequence(tbs, outerAlgorithm)],
    ['a signature of another type', sequence(tbs, outerAlgorithm, der(0x04, 'x'))],
    ['no algorithm', sequence(tbs)],
    ['an algorithm without identifier', sequence(tbs, sequence(), signature)],
    ['an algorithm of another type', sequence(tbs, integer(1), signature)],
    [
      'an algorithm with a member too many',
      sequence(tbs, sequence(objectIdentifier('1.2.3'), integer(1), integer(2)), signature),
    ],
    ['something else to be signed', sequence(integer(1), outerAlgorithm, signature)],
    ['nothing to be signed', sequence(sequence(), outerAlgorithm, signature)],
    ['nothing but a version', withTbs(...parts.slice(0, 1))],
    ['nothing after the serial number', withTbs(...parts.slice(0, 2))],
    ['nothing after the algorithm', withTbs(...parts.slice(0, 3))],
    ['nothing after the issuer', withTbs(...parts.slice(0, 4))],
    ['nothing after the dates', withTbs(...parts.slice(0, 5))],
    ['no key', withTbs(...parts.slice(0, 6))],
    ['a version that is no number', instead('version', der(0xa0, boolean(true)))],
    ['two versions', instead('version', der(0xa0, integer(2), integer(2)))],
    ['a negative version', instead('version', der(0xa0, der(0x02, Buffer.from([0xff]))))],
    ['a serial number of another type', instead('serial', boolean(true))],
    ['an issuer that is no name', instead('issuer', integer(1))],
    ['a subject that is no name', instead('subject', integer(1))],
    ['a subject of something else', instead('subject', sequence(integer(1)))],
    ['a key that is none', instead('key', integer(1))],
    ['dates of another type', instead('validity', integer(1))],
    ['no dates', instead('validity', sequence())],
    ['one date', instead('validity', sequence(notBefore))],
    ['three dates', instead('validity', sequence(notBefore, notAfter, notAfter))],
    ['a second date that is none', instead('validity', sequence(notBefore, integer(1)))],
    ['extensions that are none', instead('extensions', der(0xa3, integer(1)))],
    ['a member after the extensions', withTbs(...parts, der(0xa4, integer(1)))],
  ])('%s: no certificate', (_, encoding) => {
    expect(parseCertificate(encoding)).toBeUndefined();
  });

  test('unique identifiers may stand before the extensions', () => {
    const [identifier, another] = [der(0x81, 'x'), der(0x82, 'y')];
    const encoding = withTbs(...parts.slice(0, 7), identifier, another, ...parts.slice(7));
    expect(parseCertificate(encoding)).toMatchObject({ dnsNames: ['mx.test'] });
    expect(parseCertificate(withTbs(...parts.slice(0, 7), identifier))).toMatchObject({ dnsNames: [] });
  });

  test('an algorithm may have parameters, and one that nobody should use signs nothing', () => {
    const sha256 = '1.2.840.113549.1.1.11';
    const signedWith = (...identifier: readonly Buffer[]): unknown =>
      parseCertificate(sequence(tbs, sequence(...identifier), signature))?.signedWith;
    expect(signedWith(objectIdentifier(sha256), der(0x05))).toBe('RSA');
    expect(signedWith(objectIdentifier(sha256))).toBe('RSA');
    expect(signedWith(objectIdentifier('1.2.3'), integer(7))).toBeUndefined();
  });
});
