import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { day, makeAuthority, makeCertificate, now, rsaKeys } from '../../../test/support/test-ca.ts';
import { fingerprintDigests, parseFingerprint, verifyFingerprint } from './fingerprint.ts';

const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: ['mx.test'], notAfter: now - day }, authority);
const other = makeCertificate({ names: ['mx.test'] });
const digestOf = (octets: Buffer, digest = 'sha256'): string =>
  createHash(digest).update(octets).digest('hex');

const bare = digestOf(leaf.der);
const withColons = bare.toUpperCase().replaceAll(/..(?!$)/g, '$&:');

describe('parseFingerprint()', () => {
  test.each([bare, bare.toUpperCase(), withColons])('%s', (text) => {
    expect(parseFingerprint(text, 'sha256')).toBe(bare);
  });

  test.each(fingerprintDigests)('knows how long a digest of %s is', (digest) => {
    const text = digestOf(leaf.der, digest);
    expect(parseFingerprint(text, digest)).toBe(text);
    expect(parseFingerprint(text.slice(2), digest)).toBeUndefined();
    expect(parseFingerprint(`${text}00`, digest)).toBeUndefined();
  });

  test.each(['', 'xyz', `${bare.slice(0, -1)}g`, withColons.replace(':', ''), `${bare}:`, `:${bare}`])(
    'does not take %j',
    (text) => {
      expect(parseFingerprint(text, 'sha256')).toBeUndefined();
    },
  );
});

describe('verifyFingerprint()', () => {
  const matched = { kind: 'matched' };
  const mismatched = { kind: 'mismatch', detail: 'num=65:no matching DANE TLSA records', depth: 0 };

  test.each(fingerprintDigests)('the certificate or its key, %s; dates and issuer do not count', (digest) => {
    for (const known of [leaf.der, leaf.spki]) {
      const values = [digestOf(other.der, digest), digestOf(known, digest)];
      expect(verifyFingerprint([leaf.der], { digest, values })).toEqual(matched);
      expect(verifyFingerprint([other.der], { digest, values: values.slice(1) })).toMatchObject(mismatched);
    }
  });

  test('of what is above the certificate of the server nothing counts', () => {
    const values = [digestOf(authority.der), digestOf(authority.spki)];
    expect(verifyFingerprint([leaf.der, authority.der], { digest: 'sha256', values })).toMatchObject(
      mismatched,
    );
  });

  test('no certificate matches nothing, and nobody matches no fingerprint', () => {
    expect(verifyFingerprint([], { digest: 'sha256', values: [bare] })).toMatchObject({
      cause: 'no certificate',
    });
    expect(verifyFingerprint([leaf.der], { digest: 'sha256', values: [] })).toMatchObject(mismatched);
  });

  test('a weak key proves nothing', () => {
    const weak = makeCertificate({ names: ['mx.test'], keys: rsaKeys(512) });
    expect(verifyFingerprint([weak.der], { digest: 'sha256', values: [digestOf(weak.der)] })).toMatchObject({
      cause: 'weak key or digest',
    });
  });

  test('what is no certificate has the fingerprint of its octets at most', () => {
    const garbage = Buffer.from('garbage');
    const values = [digestOf(Buffer.alloc(0))];
    expect(verifyFingerprint([garbage], { digest: 'sha256', values })).toMatchObject(mismatched);
    const own = [digestOf(garbage)];
    expect(verifyFingerprint([garbage], { digest: 'sha256', values: own })).toEqual(matched);
  });
});
