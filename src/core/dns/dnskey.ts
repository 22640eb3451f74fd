import { createHash, createPublicKey } from 'node:crypto';

type KeyObject = ReturnType<typeof createPublicKey>;

/** The RDATA of a DNSKEY record, taken apart (RFC 4034 §2.1). */
export interface Dnskey {
  readonly flags: number;
  readonly algorithm: number;
  readonly publicKey: Uint8Array;
  /** The whole RDATA, as on the wire. */
  readonly rdata: Uint8Array;
}

/** RFC 4034 §2.1.1. */
const zoneKeyFlag = 0x0100;
/** RFC 4034 §2.1.1: a secure entry point, the kind of key with which trust begins. */
const entryPointFlag = 0x0001;
/** RFC 5011 §3. */
const revokeFlag = 0x0080;
/** RFC 4034 §2.1.2. */
const protocolDnssec = 3;
/** Longer keys cost too much time; those of the root have half of this. */
const maxRsaBytes = 512;

/** `undefined` for RDATA that is no key of a zone. */
export function parseDnskey(rdata: Uint8Array): Dnskey | undefined {
  const [high = 0, low = 0, protocol, algorithm = 0] = rdata;
  const flags = high * 256 + low;
  if (rdata.length <= 4 || protocol !== protocolDnssec || (flags & zoneKeyFlag) === 0) return undefined;
  return { flags, algorithm, publicKey: rdata.subarray(4), rdata };
}

export function isEntryPoint({ flags }: Dnskey): boolean {
  return (flags & entryPointFlag) !== 0;
}

export function isRevoked({ flags }: Dnskey): boolean {
  return (flags & revokeFlag) !== 0;
}

/** The same key, revoked or not (RFC 5011 §2.1). */
export function isSameKey(one: Dnskey, other: Dnskey): boolean {
  return (
    (one.flags | revokeFlag) === (other.flags | revokeFlag) &&
    Buffer.compare(one.rdata.subarray(2), other.rdata.subarray(2)) === 0
  );
}

/** RFC 4034 §B: the number by which signatures name a key. */
export function keyTag(rdata: Uint8Array): number {
  let sum = 0;
  for (const [at, octet] of rdata.entries()) sum += at % 2 === 0 ? octet * 256 : octet;
  return (sum + Math.floor(sum / 65_536)) % 65_536;
}

/** RFC 4034 §5.1.4: the digest in the DS record of a key of the root; `undefined` for an unknown digest type. */
export function rootKeyDigest(key: Dnskey, digestType: number): Buffer | undefined {
  const name = digestNames.get(digestType);
  // The owner is the root: one octet that is zero.
  return name === undefined
    ? undefined
    : createHash(name).update(new Uint8Array(1)).update(key.rdata).digest();
}

/** Not SHA-1 (1), nor GOST (3). */
const digestNames: ReadonlyMap<number, string> = new Map([
  [2, 'sha256'],
  [4, 'sha384'],
]);

/**
 * How signatures of an algorithm are verified (IANA, DNS Security Algorithm Numbers). Those over SHA-1 are not
 * supported.
 */
export interface SigningAlgorithm {
  /** `null`: the algorithm has its own digest. */
  readonly hash: string | null;
  readonly keyOf: (publicKey: Uint8Array) => KeyObject | undefined;
}

export const signingAlgorithms: ReadonlyMap<number, SigningAlgorithm> = new Map([
  [8, { hash: 'sha256', keyOf: rsaKey }],
  [10, { hash: 'sha512', keyOf: rsaKey }],
  [13, { hash: 'sha256', keyOf: curveKey('P-256', 32) }],
  [14, { hash: 'sha384', keyOf: curveKey('P-384', 48) }],
  [15, { hash: null, keyOf: edwardsKey('Ed25519', 32) }],
  [16, { hash: null, keyOf: edwardsKey('Ed448', 57) }],
]);

/** RFC 3110 §2: the length of the exponent, the exponent, the modulus. */
function rsaKey(publicKey: Uint8Array): KeyObject | undefined {
  const [short = 0, high = 0, low = 0] = publicKey;
  const [start, length] = short === 0 ? [3, high * 256 + low] : [1, short];
  const [exponent, modulus] = [publicKey.subarray(start, start + length), publicKey.subarray(start + length)];
  if (exponent.length === 0 || modulus.length === 0 || modulus.length > maxRsaBytes) return undefined;
  return fromJwk({ kty: 'RSA', e: base64url(exponent), n: base64url(modulus) });
}

/** RFC 6605 §4: both coordinates of the point. */
function curveKey(crv: string, bytes: number) {
  return (publicKey: Uint8Array): KeyObject | undefined => {
    if (publicKey.length !== 2 * bytes) return undefined;
    const [x, y] = [publicKey.subarray(0, bytes), publicKey.subarray(bytes)];
    return fromJwk({ kty: 'EC', crv, x: base64url(x), y: base64url(y) });
  };
}

/** RFC 8080 §3. */
function edwardsKey(crv: string, bytes: number) {
  return (publicKey: Uint8Array): KeyObject | undefined =>
    publicKey.length === bytes ? fromJwk({ kty: 'OKP', crv, x: base64url(publicKey) }) : undefined;
}

function fromJwk(key: Readonly<Record<string, string>>): KeyObject | undefined {
  try {
    return createPublicKey({ key, format: 'jwk' });
  } catch {
    return undefined;
  }
}

function base64url(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64url');
}
