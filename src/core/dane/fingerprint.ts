import { createHash } from 'node:crypto';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { mismatch } from './mismatch.ts';
import { weakKey } from './path-rules.ts';
import { publicKeyByOpenssl } from './signature.ts';
import { soundKey } from './strength.ts';
import type { Mismatch } from './verdict.ts';

/** Digests a fingerprint can be of; the first two only because old policy maps have them. */
export const fingerprintDigests = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
export type FingerprintDigest = (typeof fingerprintDigests)[number];

const digestOctets: Readonly<Record<FingerprintDigest, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** What an operator knows of a server: one of these is the digest of its certificate or of its public key. */
export interface Fingerprints {
  readonly digest: FingerprintDigest;
  /** Lower-case hexadecimal. */
  readonly values: readonly string[];
}

/** A digest in hexadecimal, with colons between its octets or without, as `Fingerprints` holds it. */
export function parseFingerprint(text: string, digest: FingerprintDigest): string | undefined {
  const octets = digestOctets[digest];
  const colons = new RegExp(`^[0-9a-f]{2}(?::[0-9a-f]{2}){${octets - 1}}$`, 'i');
  const bare = new RegExp(`^[0-9a-f]{${octets * 2}}$`, 'i');
  return colons.test(text) || bare.test(text) ? text.replaceAll(':', '').toLowerCase() : undefined;
}

/**
 * Judges the certificate of a server by its fingerprint, or that of its subjectPublicKeyInfo; as with DANE-EE nothing
 * else about it counts, except that a weak key proves nothing.
 *
 * @param chain DER as sent, the server's own certificate first
 */
export function verifyFingerprint(
  [leaf]: readonly Uint8Array[],
  { digest, values }: Fingerprints,
): { readonly kind: 'matched' } | Mismatch {
  if (leaf === undefined) return mismatch('no certificate', 0);
  const key = readSubjectPublicKeyInfo(leaf);
  const shown = [leaf, ...(key === undefined ? [] : [key])].map((octets) =>
    createHash(digest).update(octets).digest('hex'),
  );
  // Postfix has a fingerprint verified as a TLSA record, and so do its words for a failure.
  if (!shown.some((each) => values.includes(each))) return mismatch('no matching record', 0);
  const proving = key ?? publicKeyByOpenssl(leaf);
  return proving !== undefined && soundKey(proving) === undefined ? weakKey(0) : { kind: 'matched' };
}
