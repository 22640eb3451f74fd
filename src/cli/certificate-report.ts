import { createHash, X509Certificate } from 'node:crypto';
import { readSubjectPublicKeyInfo } from '../core/dane/certificate.ts';
import { readPem } from '../core/dane/pem.ts';
import { tlsaText } from '../core/dane/tlsa.ts';
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
  const key = der && readSubjectPublicKeyInfo(der);
  if (der === undefined || key === undefined) return undefined;
  const certificate = new X509Certificate(der);
  const data = createHash('sha256').update(key).digest();
  const record = tlsaText({ usage: 3, selector: 1, matching: 1, data });
  const { hostname, ports } = owner ?? { hostname: '', ports: [] };
  const facts: readonly (readonly [string, string])[] = [
    ['subject', joinLines(certificate.subject, ', ')],
    ['names', alternativeNames(certificate).join(', ')],
    ['issuer', joinLines(certificate.issuer, ', ')],
    ['valid', validity(certificate, nowMs)],
    ['SHA-256', certificate.fingerprint256],
    ['key SHA-256', colons(data)],
    ...ports.map((port) => ['TLSA', `_${port}._tcp.${hostname}. IN TLSA ${record}`] as const),
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

function colons(octets: Buffer): string {
  return octets
    .toString('hex')
    .toUpperCase()
    .replace(/..(?!$)/g, '$&:');
}
