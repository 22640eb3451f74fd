import type { AlgorithmIdentifier } from './certificate.ts';
import { readAlgorithm } from './certificate.ts';
import { contextTag, derTags, membersOf, readValue, readValues } from './der.ts';

/**
 * What OpenSSL documents for security level 1, at which Postfix verifies. Its own estimate is rounded and lets keys
 * from about 920 bits pass; no sound key is between the two.
 */
const minRsaBits = 1024;

const rsaEncryption = '1.2.840.113549.1.1.1';
const rsaPss = '1.2.840.113549.1.1.10';

/** Signatures over MD2, MD4, MD5 and SHA-1, with RSA, DSA and ECDSA. */
const weakSignatures = new Set([
  '1.2.840.113549.1.1.2',
  '1.2.840.113549.1.1.3',
  '1.2.840.113549.1.1.4',
  '1.2.840.113549.1.1.5',
  '1.3.14.3.2.29',
  '1.2.840.10040.4.3',
  '1.2.840.10045.4.1',
]);

/** MD5 and SHA-1 where they are named apart from the signature algorithm. */
const weakDigests = new Set(['1.2.840.113549.2.5', '1.3.14.3.2.26']);

/** Whether a public key is too weak to trust: RSA below 1024 bits. */
export function isWeakKey(spki: Uint8Array): boolean {
  const [algorithm, key] = membersOf(readValue(spki, derTags.sequence)) ?? [];
  const name = readAlgorithm(algorithm)?.algorithm;
  if ((name !== rsaEncryption && name !== rsaPss) || key?.tag !== derTags.bitString) return false;
  // RFC 8017 §A.1.1, after the octet that counts the unused bits.
  const [modulus] = membersOf(readValue(key.content.subarray(1), derTags.sequence)) ?? [];
  return modulus !== undefined && bitLength(modulus.content) < minRsaBits;
}

/** Whether somebody who finds a collision of its digest could move a signature to another certificate. */
export function isWeakSignature({ algorithm, parameters }: AlgorithmIdentifier): boolean {
  if (algorithm !== rsaPss) return weakSignatures.has(algorithm);
  // RFC 8017 §A.2.3: the digest is SHA-1 unless hashAlgorithm [0] says otherwise.
  const explicit = membersOf(parameters)?.find(({ tag }) => tag === contextTag(0));
  const [digest] = (explicit && readValues(explicit.content)) ?? [];
  const name = readAlgorithm(digest)?.algorithm;
  return name === undefined || weakDigests.has(name);
}

function bitLength(integer: Uint8Array): number {
  const start = integer.findIndex((octet) => octet !== 0);
  if (start === -1) return 0;
  return (integer.length - start) * 8 - Math.clz32(integer[start] ?? 0) + 24;
}
