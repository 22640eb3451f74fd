import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { bitString, der, integer, objectIdentifier, sequence } from '../../../test/support/der-writer.ts';
import { ecKeys, rsaKeys } from '../../../test/support/test-ca.ts';
import { readAlgorithm } from './certificate.ts';
import { derTags, readValue } from './der.ts';
import { isWeakKey, isWeakSignature } from './strength.ts';

describe('isWeakKey()', () => {
  test.each([
    ['RSA 512', rsaKeys(512), true],
    ['RSA 1016', rsaKeys(1016), true],
    ['RSA 1023', rsaKeys(1023), true],
    ['RSA 1024', rsaKeys(1024), false],
    ['RSA-PSS 768', generateKeyPairSync('rsa-pss', { modulusLength: 768 }), true],
    ['P-256', ecKeys(), false],
    ['Ed25519', generateKeyPairSync('ed25519'), false],
  ])('%s: %s', (_, { publicKey }, expected) => {
    expect(isWeakKey(publicKey.export({ type: 'spki', format: 'der' }))).toBe(expected);
  });

  test('a modulus of zeros is weak, and leading zeros do not strengthen one', () => {
    const rsa = (modulus: Buffer): Buffer =>
      sequence(
        sequence(objectIdentifier('1.2.840.113549.1.1.1'), der(0x05)),
        bitString(sequence(der(0x02, modulus), integer(3))),
      );
    expect(isWeakKey(rsa(Buffer.alloc(200)))).toBe(true);
    expect(isWeakKey(rsa(Buffer.concat([Buffer.alloc(200), Buffer.alloc(100, 0xff)])))).toBe(true);
    expect(isWeakKey(rsa(Buffer.concat([Buffer.alloc(200), Buffer.alloc(128, 0xff)])))).toBe(false);
    expect(isWeakKey(rsa(Buffer.concat([Buffer.from([0, 1]), Buffer.alloc(127)])))).toBe(true);
  });

  test('a key of another kind that looks like a short one is none', () => {
    const algorithm = sequence(objectIdentifier('1.2.840.10045.2.1'));
    expect(isWeakKey(sequence(algorithm, bitString(sequence(integer(3), integer(3)))))).toBe(false);
    const rsa = sequence(objectIdentifier('1.2.840.113549.1.1.1'));
    expect(isWeakKey(sequence(rsa, der(0x04, Buffer.from([0]), sequence(integer(3)))))).toBe(false);
    expect(isWeakKey(sequence(rsa, bitString(Buffer.from('garbage'))))).toBe(false);
  });

  test('garbage is nothing we call weak', () => {
    expect(isWeakKey(Buffer.from('garbage'))).toBe(false);
    expect(isWeakKey(sequence(sequence(objectIdentifier('1.2.840.113549.1.1.1'))))).toBe(false);
  });
});

describe('isWeakSignature()', () => {
  const pss = '1.2.840.113549.1.1.10';
  const hash = (type: string): Buffer => der(0xa0, sequence(objectIdentifier(type)));

  test.each([
    ['md5WithRSAEncryption', sequence(objectIdentifier('1.2.840.113549.1.1.4'), der(0x05)), true],
    ['sha1WithRSAEncryption', sequence(objectIdentifier('1.2.840.113549.1.1.5'), der(0x05)), true],
    ['ecdsa-with-SHA1', sequence(objectIdentifier('1.2.840.10045.4.1')), true],
    ['sha256WithRSAEncryption', sequence(objectIdentifier('1.2.840.113549.1.1.11'), der(0x05)), false],
    ['Ed25519', sequence(objectIdentifier('1.3.101.112')), false],
    ['RSASSA-PSS by default', sequence(objectIdentifier(pss), sequence()), true],
    ['RSASSA-PSS without parameters', sequence(objectIdentifier(pss)), true],
    ['RSASSA-PSS with SHA-1', sequence(objectIdentifier(pss), sequence(hash('1.3.14.3.2.26'))), true],
    [
      'RSASSA-PSS with a salt length and no digest',
      sequence(objectIdentifier(pss), sequence(der(0xa2, integer(32)))),
      true,
    ],
    [
      'RSASSA-PSS whose second member looks like a digest',
      sequence(
        objectIdentifier(pss),
        sequence(der(0xa1, sequence(objectIdentifier('2.16.840.1.101.3.4.2.1')))),
      ),
      true,
    ],
    ['RSASSA-PSS with garbage', sequence(objectIdentifier(pss), sequence(der(0xa0, 'x'))), true],
    [
      'RSASSA-PSS with SHA-256',
      sequence(objectIdentifier(pss), sequence(hash('2.16.840.1.101.3.4.2.1'), der(0xa2, integer(32)))),
      false,
    ],
  ])('%s: %s', (_, encoding, expected) => {
    const algorithm = readAlgorithm(readValue(encoding, derTags.sequence));
    expect(algorithm && isWeakSignature(algorithm)).toBe(expected);
  });
});
