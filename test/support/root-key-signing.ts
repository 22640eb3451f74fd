import { generateKeyPairSync, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';
import { keyTag } from '../../src/core/dns/dnskey.ts';
import { rootKeySet } from '../../src/core/dns/root-key-set.ts';
import type { RootKeySet } from '../../src/core/dns/root-key-set.ts';

/** A key of a root zone of our own, with what it takes to sign. */
export interface SigningKey {
  readonly rdata: Buffer;
  readonly privateKey: KeyObject;
  readonly algorithm: number;
}

const hashes = new Map([
  [8, 'sha256'],
  [10, 'sha512'],
  [13, 'sha256'],
  [14, 'sha384'],
]);

/** RFC 4034 §2.1. Flags 257: a key that signs keys; 256: one that signs the zone; 128 more: revoked. */
export function makeSigningKey(algorithm = 13, flags = 257): SigningKey {
  const { publicKey, privateKey } = pairOf(algorithm);
  const { n = '', e = '', x = '', y = '' } = publicKey.export({ format: 'jwk' }) as Record<string, string>;
  const octets = (text: string): Buffer => Buffer.from(text, 'base64url');
  const key =
    algorithm <= 10
      ? Buffer.concat([Buffer.from([octets(e).length]), octets(e), octets(n)])
      : Buffer.concat([octets(x), octets(y)]);
  return {
    rdata: withFlags(Buffer.concat([Buffer.from([0, 0, 3, algorithm]), key]), flags),
    privateKey,
    algorithm,
  };
}

/** The same key with other flags. */
export function reflagged({ rdata, ...rest }: SigningKey, flags: number): SigningKey {
  return { ...rest, rdata: withFlags(rdata, flags) };
}

export interface SigningTimes {
  readonly inceptionMs: number;
  readonly expirationMs: number;
  /** Seconds. */
  readonly ttl?: number;
}

/** The RDATA of an RRSIG over the DNSKEY records of the root (RFC 4034 §3.1). */
export function signKeys(rdata: readonly Buffer[], signer: SigningKey, times: SigningTimes): Buffer {
  const ttl = times.ttl ?? 172_800;
  const head = Buffer.alloc(19);
  head.writeUInt16BE(48, 0);
  head.writeUInt8(signer.algorithm, 2);
  head.writeUInt32BE(ttl, 4);
  head.writeUInt32BE(Math.floor(times.expirationMs / 1000) % 2 ** 32, 8);
  head.writeUInt32BE(Math.floor(times.inceptionMs / 1000) % 2 ** 32, 12);
  head.writeUInt16BE(keyTag(signer.rdata), 16);
  const records = [...rdata].sort((one, other) => Buffer.compare(one, other)).map((one) => record(one, ttl));
  const key = { key: signer.privateKey, dsaEncoding: 'ieee-p1363' } as const;
  const signature = sign(hashes.get(signer.algorithm) ?? null, Buffer.concat([head, ...records]), key);
  return Buffer.concat([head, signature]);
}

/** A set of keys, signed by some of them. */
export function signedSet(
  keys: readonly SigningKey[],
  signers: readonly SigningKey[],
  times: SigningTimes,
): RootKeySet {
  const rdata = keys.map((key) => key.rdata);
  return rootKeySet({ keys: rdata, signatures: signers.map((signer) => signKeys(rdata, signer, times)) });
}

function pairOf(algorithm: number): { publicKey: KeyObject; privateKey: KeyObject } {
  switch (algorithm) {
    case 13:
      return generateKeyPairSync('ec', { namedCurve: 'P-256' });
    case 14:
      return generateKeyPairSync('ec', { namedCurve: 'P-384' });
    case 15:
      return generateKeyPairSync('ed25519');
    case 16:
      return generateKeyPairSync('ed448');
    default:
      return generateKeyPairSync('rsa', { modulusLength: 2048 });
  }
}

function withFlags(rdata: Buffer, flags: number): Buffer {
  const copy = Buffer.from(rdata);
  copy.writeUInt16BE(flags, 0);
  return copy;
}

function record(rdata: Buffer, ttl: number): Buffer {
  const head = Buffer.alloc(11);
  head.writeUInt16BE(48, 1);
  head.writeUInt16BE(1, 3);
  head.writeUInt32BE(ttl, 5);
  head.writeUInt16BE(rdata.length, 9);
  return Buffer.concat([head, rdata]);
}
