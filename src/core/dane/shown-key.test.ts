import { generateKeyPairSync, X509Certificate, type KeyPairKeyObjectResult } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { integer, sequence } from '../../../test/support/der-writer.ts';
import { makeCertificate, rsaKeys, withUnknownKey } from '../../../test/support/test-ca.ts';
import { readShownKey } from './shown-key.ts';

/** A certificate that shows this key. */
function showing({ publicKey }: KeyPairKeyObjectResult): Buffer {
  return makeCertificate({ spki: publicKey.export({ type: 'spki', format: 'der' }) }).der;
}

describe('readShownKey()', () => {
  test.each([
    ['P-256', generateKeyPairSync('ec', { namedCurve: 'P-256' })],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'P-384' })],
    ['P-521', generateKeyPairSync('ec', { namedCurve: 'P-521' })],
    ['RSA with 2048 bits', rsaKeys(2048)],
    ['RSA with 1023 bits', rsaKeys(1023)],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('says what OpenSSL says, for %s', (_, keys) => {
    const der = showing(keys);
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = new X509Certificate(der).publicKey;
    expect(readShownKey(der)).toEqual({
      type,
      ...(details?.modulusLength !== undefined && { bits: details.modulusLength }),
      ...(details?.namedCurve !== undefined && { curve: details.namedCurve }),
    });
  });

  test.each([
    ['a curve that few have', showing(generateKeyPairSync('ec', { namedCurve: 'secp256k1' }))],
    ['RSA-PSS', showing(generateKeyPairSync('rsa-pss', { modulusLength: 2048 }))],
    ['a key that nobody knows', withUnknownKey(makeCertificate({})).der],
    ['no certificate', sequence(integer(1))],
    ['nothing', Buffer.alloc(0)],
  ])('leaves %s to others', (_, der) => {
    expect(readShownKey(der)).toBeUndefined();
  });
});
