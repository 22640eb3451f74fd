import { createPublicKey, X509Certificate } from 'node:crypto';
import type { Certificate } from './certificate.ts';

export type SignatureCheck = (subject: Certificate, issuerKey: Uint8Array) => 'good' | 'bad' | 'not checked';

/**
 * Checks signatures of certificates, no more than `limit` of them: whoever chooses the chain chooses how many
 * certificates seem to have issued each other, and how long each check takes.
 */
export function limitedSignatureCheck(limit: number): SignatureCheck {
  let left = limit;
  return (subject, issuerKey) => {
    if (left === 0) return 'not checked';
    left -= 1;
    return isSignedBy(subject.der, issuerKey) ? 'good' : 'bad';
  };
}

/**
 * Whether the key with this subjectPublicKeyInfo made the signature of a certificate; false also where OpenSSL
 * knows neither the key nor the algorithm.
 */
export function isSignedBy(der: Uint8Array, issuerKey: Uint8Array): boolean {
  try {
    const certificate = new X509Certificate(der);
    // X509Certificate looks for PEM first. A certificate of an attacker's making, with that of somebody else as PEM
    // text in some extension, would be taken for the other.
    if (Buffer.compare(certificate.raw, der) !== 0) return false;
    return certificate.verify(createPublicKey({ key: Buffer.from(issuerKey), format: 'der', type: 'spki' }));
  } catch {
    return false;
  }
}
