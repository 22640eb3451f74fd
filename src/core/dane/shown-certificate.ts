import { createHash } from 'node:crypto';
import { parseCertificate, readSubjectPublicKeyInfo } from './certificate.ts';

/** A certificate that a host showed, in a few words. The digests are SHA-256, hexadecimal. */
export interface ShownCertificate {
  readonly certificate: string;
  /** Of its key, as selector 1 selects it; absent if there is none to be read. */
  readonly key?: string;
  /** The next are absent if the certificate cannot be read. */
  readonly subject?: string;
  readonly issuer?: string;
  /** Epoch ms. */
  readonly notBefore?: number;
  readonly notAfter?: number;
}

/** Octets of a certificate that is read for its words. */
const READ_OCTETS = 32_768;
/** Characters of a name that are shown. */
const SHOWN_CHARACTERS = 200;

/** @param der of any length, and perhaps no certificate at all */
export function showCertificate(der: Uint8Array): ShownCertificate {
  const spki = readSubjectPublicKeyInfo(der);
  const parsed = der.length > READ_OCTETS ? undefined : parseCertificate(der);
  return {
    certificate: sha256(der),
    ...(spki !== undefined && { key: sha256(spki) }),
    ...(parsed !== undefined && {
      subject: parsed.subject.text.slice(0, SHOWN_CHARACTERS),
      issuer: parsed.issuer.text.slice(0, SHOWN_CHARACTERS),
      notBefore: parsed.notBefore,
      notAfter: parsed.notAfter,
    }),
  };
}

function sha256(octets: Uint8Array): string {
  return createHash('sha256').update(octets).digest('hex');
}
