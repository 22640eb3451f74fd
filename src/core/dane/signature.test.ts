import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import type { KeyPairKeyObjectResult } from 'node:crypto';
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
import type { Certificate } from './certificate.ts';
import { budgetOf, prices } from './budget.ts';
import { publicKeyByOpenssl, signatureCheck } from './signature.ts';
import type { SignatureVerdict } from './signature.ts';

const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: ['mx.example.test'] }, authority);

/** Another key of the same kind. */
function alike({ publicKey }: KeyPairKeyObjectResult): KeyPairKeyObjectResult {
  const { asymmetricKeyType: type } = publicKey;
  return type === 'rsa' ? rsaKeys(2048) : type === 'ec' ? ecKeys() : generateKeyPairSync('ed25519');
}

function offCurve(spki: Buffer): Buffer {
  const altered = Buffer.from(spki);
  altered[altered.length - 1] = (altered.at(-1) ?? 0) ^ 1;
  return altered;
}

function parsed(encoding: Uint8Array): Certificate {
  const certificate = parseCertificate(encoding);
  if (certificate === undefined) throw new Error('the test certificate does not parse');
  return certificate;
}

const verdict = (encoding: Uint8Array, key: Uint8Array): SignatureVerdict =>
  signatureCheck(budgetOf())(parsed(encoding), key);

describe('signatureCheck()', () => {
  test.each([
    ['ECDSA', ecKeys()],
    ['RSA', rsaKeys(2048)],
    ['Ed25519', generateKeyPairSync('ed25519')],
  ])('%s', (_, keys) => {
    const issuer = makeAuthority('CA', { keys });
    const issued = makeCertificate({ names: ['mx.example.test'] }, issuer);
    expect(verdict(issued.der, issuer.spki)).toBe('good');
    expect(verdict(issued.der, makeAuthority('CA', { keys: alike(keys) }).spki)).toBe('bad');
  });

  test('one changed octet anywhere spoils it', () => {
    const changed = Buffer.from(leaf.der);
    const at = changed.indexOf('mx.example.test');
    changed.write('MX', at);
    expect(verdict(changed, authority.spki)).toBe('bad');
  });

  test.each([
    ['a key that is none', Buffer.from('garbage'), 'weak key'],
    ['an empty one', Buffer.alloc(0), 'weak key'],
    ['a point that is not on its curve', offCurve(authority.spki), 'bad'],
    ['a key of RSA below an ECDSA signature', rsaKeys(1024), 'bad'],
    ['a key of 512 bits', rsaKeys(512), 'weak key'],
  ])('%s', (_, key, expected) => {
    const spki = key instanceof Uint8Array ? key : makeAuthority('CA', { keys: key }).spki;
    expect(verdict(leaf.der, spki)).toBe(expected);
  });

  test('is not deceived by somebody else’s certificate as PEM text inside an extension', () => {
    const extensions = [extension('1.3.6.1.4.1.99999.1', false, der(0x04, `\n${pemOf(leaf.der)}`))];
    const forged = makeCertificate({ subject: authority.subject, names: ['mx.example.test'], extensions });
    // This is what makes the trap one.
    expect(new X509Certificate(forged.der).raw.equals(leaf.der)).toBe(true);
    expect(verdict(forged.der, authority.spki)).toBe('bad');
    expect(verdict(leaf.der, authority.spki)).toBe('good');
    expect(publicKeyByOpenssl(forged.der)).toBeUndefined();
  });
});

describe('signatureCheck(): what it costs', () => {
  const subject = parsed(leaf.der);

  test('each certificate is checked with each key but once, and what could not be paid for is not checked', () => {
    const budget = budgetOf(prices.decoding * 4);
    const check = signatureCheck(budget);
    expect(check(subject, authority.spki)).toBe('good');
    const once = budget.paid();
    expect(once).toBeGreaterThan(prices.decoding);
    expect(check(subject, Buffer.from(authority.spki))).toBe('good');
    expect(budget.paid()).toBe(once);
    expect(check(subject, leaf.spki)).toBe('bad');
    expect(check(subject, makeAuthority('CA').spki)).toBe('not checked');
    expect(budget.isSpent()).toBe(true);
  });

  test('a signature that proves nothing, or that this key cannot have made, is not looked at', () => {
    const budget = budgetOf();
    const check = signatureCheck(budget);
    const issuer = makeAuthority('CA', { keys: rsaKeys(2048) });
    const old = parsed(makeCertificate({ names: ['mx.example.test'], digest: 'sha1' }, issuer).der);
    expect(check(old, issuer.spki)).toBe('weak digest');
    expect(check(subject, issuer.spki)).toBe('bad');
    expect(check(subject, makeAuthority('CA', { keys: rsaKeys(512) }).spki)).toBe('weak key');
    const issued = parsed(makeCertificate({ names: ['mx.example.test'] }, issuer).der);
    expect(check(issued, makeAuthority('CA', { keys: rsaKeys(2056) }).spki)).toBe('bad');
    expect(budget.paid()).toBe(0);
    expect(check(issued, issuer.spki)).toBe('good');
  });
});

test('publicKeyByOpenssl(): what certificates hold, and undefined for anything else', () => {
  expect(publicKeyByOpenssl(leaf.der)).toEqual(leaf.spki);
  for (const octets of [Buffer.alloc(0), Buffer.from('garbage'), Buffer.from(pemOf(leaf.der))]) {
    expect(publicKeyByOpenssl(octets)).toBeUndefined();
  }
});
