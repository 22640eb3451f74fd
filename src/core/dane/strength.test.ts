import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { der, integer, objectIdentifier, sequence } from '../../../test/support/der-writer.ts';
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
      'RSASSA-PSS with SHA-256',
      sequence(objectIdentifier(pss), sequence(hash('2.16.840.1.101.3.4.2.1'), der(0xa2, integer(32)))),
      false,
    ],
  ])('%s: %s', (_, encoding, expected) => {
    const algorithm = readAlgorithm(readValue(encoding, derTags.sequence));
    expect(algorithm && isWeakSignature(algorithm)).toBe(expected);
  });
});
