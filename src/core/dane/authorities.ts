import { createHash } from 'node:crypto';
import type { Certificate } from './certificate.ts';
import { parseCertificate, readSubject } from './certificate.ts';
import { readPem } from './pem.ts';

/** The certification authorities of `tls.CAfile`, found by name. */
export interface Authorities {
  /** Differs for different certificates. */
  readonly id: string;
  /** Those whose name can be read. */
  readonly count: number;
  /** The certificates with this subject (`nameKey`). */
  readonly named: (subject: string) => readonly Certificate[];
  /** Whether a path may end at this certificate of `named`, because it is self-issued. The others only lead on. */
  readonly isRoot: (certificate: Certificate) => boolean;
}

/**
 * Reads a PEM file of CA certificates (`tls.CAfile`), and skips blocks that are no certificate. A system trusts some 150, of
 * which few are ever met: they are indexed by their names, and read further when one is asked for.
 */
export function readAuthorities(pem: string): Authorities {
  const bySubject = new Map<string, Uint8Array[]>();
  const read = new Map<string, readonly Certificate[]>();
  const roots = new WeakSet<Certificate>();
  const id = createHash('sha256');
  let count = 0;
  for (const { label, der } of readPem(pem)) {
    const key = label === 'CERTIFICATE' ? readSubject(der)?.key() : undefined;
    if (key === undefined) continue;
    const known = bySubject.get(key);
    if (known === undefined) bySubject.set(key, [der]);
    else known.push(der);
    id.update(der);
    count += 1;
  }

  function named(subject: string): readonly Certificate[] {
    const known = read.get(subject);
    if (known !== undefined) return known;
    const certificates = (bySubject.get(subject) ?? []).flatMap((der) => parseCertificate(der) ?? []);
    for (const certificate of certificates) if (certificate.selfIssued) roots.add(certificate);
    // What is not there is asked for by strangers, and they have any number of names.
    if (bySubject.has(subject)) read.set(subject, certificates);
    return certificates;
  }

  return { id: id.digest('hex'), count, named, isRoot: (certificate) => roots.has(certificate) };
}
