import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import type { SigningAlgorithm } from '../core/dkim/signature.ts';
import type { PublicKey } from '../core/dkim/key-record.ts';

/** A private key and the name under which its public half is published. */
export interface SigningKey {
  /** d=, in A-labels. */
  readonly domain: string;
  /** s= */
  readonly selector: string;
  readonly algorithm: SigningAlgorithm;
  /** Of an RSA modulus; 256 for Ed25519. */
  readonly bits: number;
  readonly privateKey: KeyObject;
  readonly file: string;
}

/** RFC 8301 §3.2: shorter ones must not sign, and longer ones than the second ought to. */
const rsaBits = { least: 1024, wanted: 2048, most: 4096 };

/** A key, or why it is none; `doubt` is what speaks against one that can be used. */
export type KeyReading =
  | { readonly key: Pick<SigningKey, 'algorithm' | 'bits' | 'privateKey'>; readonly doubt?: string }
  | { readonly problem: string };

export function readSigningKey(pem: string): KeyReading {
  let privateKey: KeyObject;
  try {
    privateKey = createPrivateKey(pem);
  } catch {
    return { problem: 'no private key in PEM without a password' };
  }
  if (privateKey.asymmetricKeyType === 'ed25519')
    return { key: { algorithm: 'ed25519-sha256', bits: 256, privateKey } };
  if (privateKey.asymmetricKeyType !== 'rsa')
    return {
      problem: `a key of type ${privateKey.asymmetricKeyType ?? 'unknown'}, and DKIM knows RSA and Ed25519 only`,
    };
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? 0;
  if (bits < rsaBits.least) return { problem: `an RSA key of ${bits} bits, which nobody verifies` };
  const key = { algorithm: 'rsa-sha256', bits, privateKey } as const;
  if (bits < rsaBits.wanted) return { key, doubt: `an RSA key of ${bits} bits: ${rsaBits.wanted} are due` };
  return bits > rsaBits.most
    ? { key, doubt: `an RSA key of ${bits} bits: verifiers need not take more than ${rsaBits.most}` }
    : { key };
}

/** What is published of a key. */
export function publicKeyOf({
  algorithm,
  privateKey,
}: Pick<SigningKey, 'algorithm' | 'privateKey'>): PublicKey {
  const publicKey = createPublicKey(privateKey);
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  // RFC 8463 §3: the 32 octets alone; they are the last ones of that structure (RFC 8410 §4).
  if (algorithm === 'ed25519-sha256') return { type: 'ed25519', forms: [spki.subarray(-32)] };
  return { type: 'rsa', forms: [spki, publicKey.export({ type: 'pkcs1', format: 'der' })] };
}
