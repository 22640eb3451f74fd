import { readAlgorithm } from './algorithm.ts';
import type { AlgorithmIdentifier } from './algorithm.ts';
import {
  bitLength,
  contextTag,
  derTags,
  fewMembersOf,
  readObjectIdentifier,
  readUnsigned,
  readValue,
  readValues,
} from './der.ts';

/** Kinds of keys. The signature algorithm of a certificate names the kind of the key that made the signature. */
export type KeyFamily = 'RSA' | 'EC' | 'Ed25519' | 'Ed448' | 'ML-DSA';

/** A public key that is strong enough to prove something. */
export interface SoundKey {
  readonly family: KeyFamily;
  /** What it costs to check a signature with it, in units of `Budget`. */
  readonly units: number;
  /** RFC 8017 §8.2.2: a signature of any other length does not come from this key. */
  readonly signatureOctets?: number;
}

/**
 * What OpenSSL documents for security level 1, at which Postfix verifies. Its own estimate is rounded and accepts keys
 * from about 920 bits; no sound key is between the two.
 */
const minRsaBits = 1024;

/** OpenSSL's own limits: a longer modulus is refused, and a long exponent beside a modulus that is long already. */
const maxRsaBits = 16_384;
const maxSmallModulusBits = 3072;
const maxExponentBits = 64;

const rsaEncryption = '1.2.840.113549.1.1.1';
const rsaPss = '1.2.840.113549.1.1.10';
const ecPublicKey = '1.2.840.10045.2.1';

/**
 * The curves of prime fields, with at least 80 bits of strength, that certificates are made with (RFC 5480 §2.1.1.1,
 * RFC 5639 §4.1, SEC 2), and what a signature costs. A curve that is described instead of named does not count (RFC
 * 5480 §2.1.1).
 */
const curveUnits: ReadonlyMap<string, number> = new Map([
  ['1.2.840.10045.3.1.1', 400], // P-192
  ['1.3.132.0.33', 600], // P-224
  ['1.2.840.10045.3.1.7', 120], // P-256
  ['1.3.132.0.34', 1200], // P-384
  ['1.3.132.0.35', 2500], // P-521
  ['1.3.132.0.10', 1000], // secp256k1
  ['1.3.36.3.3.2.8.1.1.5', 500], // brainpoolP224r1
  ['1.3.36.3.3.2.8.1.1.6', 500], // brainpoolP224t1
  ['1.3.36.3.3.2.8.1.1.7', 500], // brainpoolP256r1
  ['1.3.36.3.3.2.8.1.1.8', 500], // brainpoolP256t1
  ['1.3.36.3.3.2.8.1.1.9', 900], // brainpoolP320r1
  ['1.3.36.3.3.2.8.1.1.10', 900], // brainpoolP320t1
  ['1.3.36.3.3.2.8.1.1.11', 1200], // brainpoolP384r1
  ['1.3.36.3.3.2.8.1.1.12', 1200], // brainpoolP384t1
  ['1.3.36.3.3.2.8.1.1.13', 1600], // brainpoolP512r1
  ['1.3.36.3.3.2.8.1.1.14', 1600], // brainpoolP512t1
]);

/** Keys of a fixed size: RFC 8410 §3, RFC 9881 §2. Their signatures have the same names. */
const fixedKeys: ReadonlyMap<string, SoundKey> = new Map<string, SoundKey>([
  ['1.3.101.112', { family: 'Ed25519', units: 200 }],
  ['1.3.101.113', { family: 'Ed448', units: 400 }],
  ['2.16.840.1.101.3.4.3.17', { family: 'ML-DSA', units: 250 }],
  ['2.16.840.1.101.3.4.3.18', { family: 'ML-DSA', units: 350 }],
  ['2.16.840.1.101.3.4.3.19', { family: 'ML-DSA', units: 500 }],
]);

/** SHA-2 and SHA-3, wherever a digest is named apart from the key (RFC 8017 §A.2.3, RFC 9688 §2). */
const soundDigests = new Set([
  '2.16.840.1.101.3.4.2.1', // SHA-256
  '2.16.840.1.101.3.4.2.2', // SHA-384
  '2.16.840.1.101.3.4.2.3', // SHA-512
  '2.16.840.1.101.3.4.2.4', // SHA-224
  '2.16.840.1.101.3.4.2.7', // SHA3-224
  '2.16.840.1.101.3.4.2.8', // SHA3-256
  '2.16.840.1.101.3.4.2.9', // SHA3-384
  '2.16.840.1.101.3.4.2.10', // SHA3-512
]);

/** The same digests with RSA (RFC 4055 §5) and ECDSA (RFC 5758 §3.2), and what has a digest of its own. */
const soundSignatures: ReadonlyMap<string, KeyFamily> = new Map<string, KeyFamily>([
  ['1.2.840.113549.1.1.11', 'RSA'],
  ['1.2.840.113549.1.1.12', 'RSA'],
  ['1.2.840.113549.1.1.13', 'RSA'],
  ['1.2.840.113549.1.1.14', 'RSA'],
  ['2.16.840.1.101.3.4.3.13', 'RSA'],
  ['2.16.840.1.101.3.4.3.14', 'RSA'],
  ['2.16.840.1.101.3.4.3.15', 'RSA'],
  ['2.16.840.1.101.3.4.3.16', 'RSA'],
  ['1.2.840.10045.4.3.1', 'EC'],
  ['1.2.840.10045.4.3.2', 'EC'],
  ['1.2.840.10045.4.3.3', 'EC'],
  ['1.2.840.10045.4.3.4', 'EC'],
  ['2.16.840.1.101.3.4.3.9', 'EC'],
  ['2.16.840.1.101.3.4.3.10', 'EC'],
  ['2.16.840.1.101.3.4.3.11', 'EC'],
  ['2.16.840.1.101.3.4.3.12', 'EC'],
  ...Array.from(fixedKeys, ([type, { family }]) => [type, family] as const),
]);

/** The key of a subjectPublicKeyInfo; undefined if it is too weak, or of a kind that should not be used. */
export function soundKey(spki: Uint8Array): SoundKey | undefined {
  const [identifier, key] = fewMembersOf(readValue(spki, derTags.sequence), 2) ?? [];
  const algorithm = readAlgorithm(identifier);
  if (algorithm === undefined || key?.tag !== derTags.bitString) return undefined;
  switch (algorithm.algorithm) {
    case rsaEncryption:
    case rsaPss:
      return soundRsaKey(key.content.subarray(1));
    case ecPublicKey: {
      const units = curveUnits.get(readObjectIdentifier(algorithm.parameters) ?? '');
      return units === undefined ? undefined : { family: 'EC', units };
    }
    default:
      return fixedKeys.get(algorithm.algorithm);
  }
}

/**
 * The kind of key that, according to the certificate, signed it. Undefined where a collision of the digest would let an
 * attacker move the signature to another certificate, and for algorithms that should not be used.
 */
export function soundSignature({ algorithm, parameters }: AlgorithmIdentifier): KeyFamily | undefined {
  if (algorithm !== rsaPss) return soundSignatures.get(algorithm);
  // RFC 8017 §A.2.3: the digest is SHA-1 unless hashAlgorithm [0] says otherwise.
  const explicit = fewMembersOf(parameters, 4)?.find(({ tag }) => tag === contextTag(0));
  const [digest] = (explicit && readValues(explicit.content, 1)) ?? [];
  return soundDigests.has(readAlgorithm(digest)?.algorithm ?? '') ? 'RSA' : undefined;
}

/** RFC 8017 §A.1.1. */
function soundRsaKey(encoding: Uint8Array): SoundKey | undefined {
  const [modulus, exponent] = fewMembersOf(readValue(encoding, derTags.sequence), 2) ?? [];
  if (modulus?.tag !== derTags.integer || exponent?.tag !== derTags.integer) return undefined;
  const [bits, exponentBits] = [bitLength(modulus.content), bitLength(exponent.content)];
  if (bits < minRsaBits || bits > maxRsaBits || exponentBits > bits) return undefined;
  if (bits > maxSmallModulusBits && exponentBits > maxExponentBits) return undefined;
  // With an exponent of 1 everything is a signature.
  if ((readUnsigned(exponent) ?? 0) < 3) return undefined;
  const units = Math.ceil((2 + 1.2 * exponentBits) * 1.6 * (bits / 2048) ** 2);
  return { family: 'RSA', units, signatureOctets: Math.ceil(bits / 8) };
}
