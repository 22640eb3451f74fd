import { verify } from 'node:crypto';
import { keyTag, parseDnskey, signingAlgorithms } from './dnskey.ts';
import type { Dnskey } from './dnskey.ts';

/** The DNSKEY records of the root and the signatures over them, as they came: nothing is proved yet. */
export interface RootKeySet {
  readonly keys: readonly Dnskey[];
  readonly signatures: readonly Signature[];
}

/** The RDATA of an RRSIG record over those keys (RFC 4034 §3.1). */
export interface Signature {
  readonly algorithm: number;
  /** Seconds. */
  readonly originalTtl: number;
  /** Seconds since 1970, modulo 2^32. */
  readonly expiration: number;
  readonly inception: number;
  readonly keyTag: number;
  readonly signature: Uint8Array;
  /** The part of it that is signed itself. */
  readonly signed: Uint8Array;
}

const typeDnskey = 48;
const classIn = 1;
const headLength = 18;
/**
 * Keys may share a tag, so a hostile set can demand a check of every signature with every key. An honest set needs as
 * many checks as it has signatures.
 */
const maxChecks = 16;
/** Limit of each kind. The root has a handful. A larger set is cut, and then fails to verify. */
const maxRecords = 32;

/** @param rdata of DNSKEY and RRSIG records at the root; broken ones are left out */
export function rootKeySet(rdata: {
  readonly keys: readonly Uint8Array[];
  readonly signatures: readonly Uint8Array[];
}): RootKeySet {
  return {
    keys: rdata.keys.slice(0, maxRecords).flatMap((one) => parseDnskey(one) ?? []),
    signatures: rdata.signatures.slice(0, maxRecords).flatMap((one) => parseSignature(one) ?? []),
  };
}

/** The keys of the set that have signed it, with signatures that are valid at that time. */
export function signersOf({ keys, signatures }: RootKeySet, nowMs: number): readonly Dnskey[] {
  const signers = new Set<Dnskey>();
  let left = maxChecks;
  for (const signature of signatures) {
    if (!isInForce(signature, nowMs)) continue;
    const message = signedMessage(keys, signature);
    for (const key of keys) {
      if (key.algorithm !== signature.algorithm || keyTag(key.rdata) !== signature.keyTag) continue;
      if (left === 0) return [...signers];
      left -= 1;
      if (isMadeBy(key, message, signature)) signers.add(key);
    }
  }
  return [...signers];
}

/** RFC 4034 §3.1. Signer and owner are the root. */
function parseSignature(rdata: Uint8Array): Signature | undefined {
  if (rdata.length <= headLength + 1 || rdata[headLength] !== 0) return undefined;
  const view = Buffer.from(rdata);
  // The root has no labels (RFC 4034 §3.1.3).
  if (view.readUInt16BE(0) !== typeDnskey || view.readUInt8(3) !== 0) return undefined;
  return {
    algorithm: view.readUInt8(2),
    originalTtl: view.readUInt32BE(4),
    expiration: view.readUInt32BE(8),
    inception: view.readUInt32BE(12),
    keyTag: view.readUInt16BE(16),
    signature: rdata.subarray(headLength + 1),
    signed: rdata.subarray(0, headLength + 1),
  };
}

/** RFC 4034 §3.1.5: times are compared as serial numbers (RFC 1982). */
function isInForce({ inception, expiration }: Signature, nowMs: number): boolean {
  const now = Math.floor(nowMs / 1000);
  return isNotLater(inception, now) && isNotLater(now, expiration);
}

function isNotLater(one: number, other: number): boolean {
  return ((other - one) | 0) >= 0;
}

/** RFC 4034 §3.1.8.1, §6.3: the head of the signature, then the records in the order of their RDATA, each once. */
function signedMessage(keys: readonly Dnskey[], { signed, originalTtl }: Signature): Buffer {
  const sorted = keys.map(({ rdata }) => rdata).sort((one, other) => Buffer.compare(one, other));
  const unique = sorted.filter((one, at) => at === 0 || Buffer.compare(one, sorted[at - 1] ?? one) !== 0);
  return Buffer.concat([
    signed,
    ...unique.flatMap((rdata) => [recordHead(originalTtl, rdata.length), rdata]),
  ]);
}

function recordHead(ttl: number, length: number): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt16BE(typeDnskey, 1);
  head.writeUInt16BE(classIn, 3);
  head.writeUInt32BE(ttl, 5);
  head.writeUInt16BE(length, 9);
  return head;
}

function isMadeBy(key: Dnskey, message: Uint8Array, { signature }: Signature): boolean {
  const algorithm = signingAlgorithms.get(key.algorithm);
  const publicKey = algorithm?.keyOf(key.publicKey);
  if (algorithm === undefined || publicKey === undefined) return false;
  try {
    return verify(algorithm.hash, message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, signature);
  } catch {
    return false;
  }
}
