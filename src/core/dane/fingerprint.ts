import { createHash } from 'node:crypto';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { mismatch } from './mismatch.ts';
import { weakKey } from './path-rules.ts';
import { publicKeyByOpenssl } from './signature.ts';
import { soundKey } from './strength.ts';
import type { Mismatch } from './verdict.ts';

/** Digests of fingerprints; the first two only because old policy maps have them. */
export const fingerprintDigests = ['md5', 'sha1', 'sha256', 'sha384', 'sha512'] as const;
export type FingerprintDigest = (typeof fingerprintDigests)[number];

const digestOctets: Readonly<Record<FingerprintDigest, number>> = {
  md5: 16,
  sha1: 20,
  sha256: 32,
  sha384: 48,
  sha512: 64,
};

/** What the settings say about a server: one of these is the digest of its certificate or of its public key. */
export interface Fingerprints {
  readonly digest: FingerprintDigest;
  /** Lower-case hexadecimal. */
  readonly values: readonly string[];
}

/** Reads a digest in hexadecimal, with or without colons between its octets, into the form of `Fingerprints`. */
export function parseFingerprint(text: string, digest: FingerprintDigest): string | undefined {
  const octets = digestOctets[digest];
  const colons = new RegExp(`^[0-9a-f]{2}(?::[0-9a-f]{2}){${octets - 1}}$`, 'i');
  const bare = new RegExp(`^[0-9a-f]{${octets * 2}}$`, 'i');
  return colons.test(text) || bare.test(text) ? text.replaceAll(':', '').toLowerCase() : undefined;
}

/**
 * Judges the certificate of a server by its fingerprint, or that of its subjectPublicKeyInfo; as with DANE-EE, nothing
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
  // Postfix verifies a fingerprint as a TLSA record, and its words for a failure say so.
  if (!shown.some((each) => values.includes(each))) return mismatch('no matching record', 0);
  const proving = key ?? publicKeyByOpenssl(leaf);
  return proving !== undefined && soundKey(proving) === undefined ? weakKey(0) : { kind: 'matched' };
}
