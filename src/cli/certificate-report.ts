import { X509Certificate } from 'node:crypto';
import { certificateWithKey, makeRecord, recommended } from '../core/dane/make-record.ts';
import { readPem } from '../core/dane/pem.ts';
import { ownerOf, zoneLine } from '../core/dane/record-text.ts';
import { canonicalAddress } from '../core/dns/ip-address.ts';
import { joinLines } from '../core/mail/printable.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** The owner name of a TLSA record is made of these (RFC 6698 §3). */
export interface TlsaOwner {
  readonly hostname: string;
  readonly ports: readonly number[];
}

/**
 * Describes the first certificate of a PEM text, a fact in each line: names, issuer, dates, fingerprints, and the TLSA
 * records `3 1 1` for a server that shows it (RFC 7672 §3.1). Undefined if there is none.
 *
 * @param owner absent for a certificate that no server shows
 */
export function certificateReport(pem: string, nowMs: number, owner?: TlsaOwner): string[] | undefined {
  const der = readPem(pem).find(({ label }) => label === 'CERTIFICATE')?.der;
  const record = der && makeRecord(recommended, certificateWithKey(der));
  if (der === undefined || record === undefined) return undefined;
  const certificate = new X509Certificate(der);
  const { hostname, ports } = owner ?? { hostname: '', ports: [] };
  const facts: readonly (readonly [string, string])[] = [
    ['subject', joinLines(certificate.subject, ', ')],
    ['names', alternativeNames(certificate).join(', ')],
    ['issuer', joinLines(certificate.issuer, ', ')],
    ['valid', validity(certificate, nowMs)],
    ['SHA-256', certificate.fingerprint256],
    ['key SHA-256', colons(record.data)],
    ...ports.map((port) => ['TLSA', zoneLine({ owner: ownerOf(hostname, port), record })] as const),
  ];
  return facts.filter(([, text]) => text !== '').map(([name, text]) => `${name.padEnd(12)} ${text}`);
}

/** `DNS:localhost`, `IP:::1`; names of another kind as OpenSSL writes them. */
export function alternativeNames({ subjectAltName = '' }: X509Certificate): readonly string[] {
  return subjectAltName
    .split(', ')
    .filter((name) => name !== '')
    .map((name) =>
      name.replace(/^IP Address:(.*)$/, (_, address: string) => `IP:${canonicalAddress(address) ?? address}`),
    );
}

function validity({ validFrom, validTo }: X509Certificate, nowMs: number): string {
  const [from, to] = [Date.parse(validFrom), Date.parse(validTo)];
  const days = Math.floor((to - nowMs) / dayMs);
  const state =
    nowMs < from ? 'not yet valid' : nowMs > to ? 'expired' : days === 1 ? '1 day left' : `${days} days left`;
  return `${dateOf(from)} to ${dateOf(to)} (${state})`;
}

/** `2026-11-29`, in UTC. */
export function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function colons(octets: Uint8Array): string {
  return Buffer.from(octets)
    .toString('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');
}
