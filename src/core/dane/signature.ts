import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Budget } from './budget.ts';
import { prices } from './budget.ts';
import type { Certificate } from './certificate.ts';
import { soundKey } from './strength.ts';
import type { SoundKey } from './strength.ts';

type PublicKey = ReturnType<typeof createPublicKey>;

/** `weak …` means that the signature would prove nothing even if it were valid, so it is not checked. */
export type SignatureVerdict = 'good' | 'bad' | 'weak key' | 'weak digest' | 'not checked';

/** @param issuerKey subjectPublicKeyInfo */
export type SignatureCheck = (subject: Certificate, issuerKey: Uint8Array) => SignatureVerdict;

/** A public key that may have made a signature. */
interface IssuerKey {
  readonly sound: SoundKey | undefined;
  /** As OpenSSL reads it; undefined if it cannot. */
  readonly read: () => PublicKey | undefined;
  readonly verdicts: Map<Certificate, SignatureVerdict>;
}

/**
 * Checks signatures of certificates as long as `budget` has enough left, each with each key only once: the remote
 * chooses how many certificates seem to have issued each other, and how long each check takes.
 */
export function signatureCheck(budget: Budget): SignatureCheck {
  const keys = new Map<string, IssuerKey>();
  /** Remembers results by the views of octets, because a key may be long, and asked for often. */
  const seen = new Map<Uint8Array, IssuerKey>();
  const certificates = new Map<Certificate, X509Certificate | undefined>();

  function keyOf(spki: Uint8Array): IssuerKey {
    const text = Buffer.from(spki.buffer, spki.byteOffset, spki.byteLength).toString('latin1');
    const known = keys.get(text);
    const made = known ?? { sound: soundKey(spki), read: once(() => readKey(spki)), verdicts: new Map() };
    keys.set(text, made);
    return made;
  }

  function check(subject: Certificate, { sound, read }: IssuerKey): SignatureVerdict {
    if (subject.signedWith === undefined) return 'weak digest';
    if (sound === undefined) return 'weak key';
    if (sound.family !== subject.signedWith) return 'bad';
    if (sound.signatureOctets !== undefined && sound.signatureOctets !== subject.signatureOctets)
      return 'bad';
    if (!budget.spend(sound.units + prices.decoding + subject.der.length * prices.hashedOctet))
      return 'not checked';
    const key = read();
    if (!certificates.has(subject)) certificates.set(subject, readCertificate(subject.der));
    const certificate = certificates.get(subject);
    return key !== undefined && certificate !== undefined && isGood(certificate, key) ? 'good' : 'bad';
  }

  return (subject, issuerKey) => {
    const key = seen.get(issuerKey) ?? keyOf(issuerKey);
    seen.set(issuerKey, key);
    const verdict = key.verdicts.get(subject) ?? check(subject, key);
    key.verdicts.set(subject, verdict);
    return verdict;
  };
}

/** The subjectPublicKeyInfo of a certificate as OpenSSL reads it: it takes encodings that we do not. */
export function publicKeyByOpenssl(der: Uint8Array): Uint8Array | undefined {
  try {
    return readCertificate(der)?.publicKey.export({ type: 'spki', format: 'der' });
  } catch {
    return undefined;
  }
}

function readCertificate(der: Uint8Array): X509Certificate | undefined {
  try {
    const certificate = new X509Certificate(der);
    // X509Certificate looks for PEM first. An attacker's certificate with another certificate as PEM text in some
    // extension would be taken for that one.
    return Buffer.compare(certificate.raw, der) === 0 ? certificate : undefined;
  } catch {
    return undefined;
  }
}

/** Undefined if OpenSSL knows no such key. */
function readKey(spki: Uint8Array): PublicKey | undefined {
  try {
    return createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function isGood(certificate: X509Certificate, key: PublicKey): boolean {
  try {
    return certificate.verify(key);
  } catch {
    return false;
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
