import { createHash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { parseCertificate } from './certificate.ts';
import { nameKey } from './distinguished-name.ts';
import { readPem } from './pem.ts';

/** The certification authorities of `tls.CAfile`, read once and found by name. */
export interface Authorities {
  /** Differs for different certificates. */
  readonly id: string;
  readonly count: number;
  /** The certificates with this subject (`nameKey`). */
  readonly named: (subject: string) => readonly Certificate[];
  /** Whether a path may end at this certificate of `named`, because it is self-issued. The others only lead on. */
  readonly isRoot: (certificate: Certificate) => boolean;
}

/** Reads a PEM file of CA certificates (`tls.CAfile`), and skips blocks that are no readable certificate. */
export function readAuthorities(pem: string): Authorities {
  const blocks = readPem(pem).filter(({ label }) => label === 'CERTIFICATE');
  const certificates = blocks.flatMap(({ der }) => parseCertificate(der) ?? []);
  const bySubject = new Map<string, Certificate[]>();
  const id = createHash('sha256');
  for (const certificate of certificates) {
    const key = nameKey(certificate.subject);
    bySubject.set(key, [...(bySubject.get(key) ?? []), certificate]);
    id.update(certificate.der);
  }
  const roots = new Set(certificates.filter(({ selfIssued }) => selfIssued));
  return {
    id: id.digest('hex'),
    count: certificates.length,
    named: (subject) => bySubject.get(subject) ?? [],
    isRoot: (certificate) => roots.has(certificate),
  };
}
