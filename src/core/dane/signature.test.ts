import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { der } from '../../../test/support/der-writer.ts';
import {
  ecKeys,
  extension,
  makeAuthority,
  makeCertificate,
  pemOf,
  rsaKeys,
} from '../../../test/support/test-ca.ts';
import { parseCertificate } from './certificate.ts';
import { isSignedBy, limitedSignatureCheck } from './signature.ts';

const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: ['mx.example.test'] }, authority);

describe('isSignedBy()', () => {
  test.each([
    ['ECDSA', ecKeys()],
    ['RSA', rsaKeys(2048)],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('%s', (_, keys) => {
    const issuer = makeAuthority('CA', { keys });
    const issued = makeCertificate({ names: ['mx.example.test'] }, issuer);
    expect(isSignedBy(issued.der, issuer.spki)).toBe(true);
    expect(isSignedBy(issued.der, authority.spki)).toBe(false);
  });

  test('one changed octet anywhere spoils it', () => {
    const changed = Buffer.from(leaf.der);
    const at = changed.indexOf('mx.example.test');
    changed.write('MX', at);
    expect(isSignedBy(changed, authority.spki)).toBe(false);
  });

  test.each([
    ['a key that is none', Buffer.from('garbage'), leaf.der],
    ['a certificate that is none', authority.spki, Buffer.from('garbage')],
    ['an empty one', authority.spki, Buffer.alloc(0)],
    ['PEM', authority.spki, Buffer.from(pemOf(leaf.der))],
  ])('is false for %s', (_, key, certificate) => {
    expect(isSignedBy(certificate, key)).toBe(false);
  });

  test('is not deceived by somebody else’s certificate as PEM text inside an extension', () => {
    const extensions = [extension('1.3.6.1.4.1.99999.1', false, der(0x04, `\n${pemOf(leaf.der)}`))];
    const forged = makeCertificate({ subject: authority.subject, names: ['mx.example.test'], extensions });
    // This is what makes the trap one.
    expect(new X509Certificate(forged.der).raw.equals(leaf.der)).toBe(true);
    expect(isSignedBy(forged.der, authority.spki)).toBe(false);
    expect(isSignedBy(leaf.der, authority.spki)).toBe(true);
  });
});

test('limitedSignatureCheck(): stops after the limit', () => {
  const check = limitedSignatureCheck(2);
  const parsed = parseCertificate(leaf.der);
  if (parsed === undefined) throw new Error('the test certificate does not parse');
  expect([leaf.spki, authority.spki, authority.spki].map((key) => check(parsed, key))).toEqual([
    'bad',
    'good',
    'not checked',
  ]);
});
