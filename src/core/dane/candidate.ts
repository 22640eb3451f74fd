import type { TlsaRecord } from '../dns/record.ts';
import { prices } from './budget.ts';
import type { Budget } from './budget.ts';
import { parseCertificate, readSubject } from './certificate.ts';
import type { Certificate } from './certificate.ts';

/** A certificate that may stand above another in a path. Only the parts that are asked for are read. */
export interface ChainCandidate {
  readonly der: Uint8Array;
  /** Undefined if it is malformed. */
  readonly read: () => Certificate | undefined;
  /** The DANE-TA record that makes it an anchor, if one does. */
  readonly record?: TlsaRecord | undefined;
}

/** Finds candidates by their subject (`nameKey`), and skips what is no certificate. */
export function candidatesByName(
  sent: readonly Pick<ChainCandidate, 'der' | 'record'>[],
  budget: Budget,
): (subject: string) => readonly ChainCandidate[] {
  const groups = new Map<string, ChainCandidate[]>();
  for (const { der, record } of sent) {
    const subject = subjectOf(der, budget);
    if (subject === undefined) continue;
    const alike = groups.get(subject) ?? [];
    groups.set(subject, alike);
    let parsed: { readonly certificate: Certificate | undefined } | undefined;
    const read = (): Certificate | undefined =>
      (parsed ??= { certificate: readCertificate(der, budget) }).certificate;
    alike.push({ der, record, read });
  }
  return (subject) => groups.get(subject) ?? [];
}

function subjectOf(der: Uint8Array, budget: Budget): string | undefined {
  if (!budget.spend(prices.certificate)) return undefined;
  const found = readSubject(der);
  return found !== undefined && budget.spend(found.octets * prices.readOctet) ? found.key() : undefined;
}

/** Undefined if `der` is no readable certificate, or the budget is spent. */
export function readCertificate(der: Uint8Array, budget: Budget): Certificate | undefined {
  return budget.spend(prices.certificate + der.length * prices.readOctet) ? parseCertificate(der) : undefined;
}

/** The same certificate may be in the DNS and in the chain, and in the chain any number of times. */
export function distinct(certificates: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(certificates.map((der) => [Buffer.from(der).toString('latin1'), der])).values()];
}
