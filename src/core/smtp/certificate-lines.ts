import { createHash } from 'node:crypto';
import { parseCertificate } from '../dane/certificate.ts';
import { matchings, selectors, usages } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { printable } from '../mail/printable.ts';

/** How a certificate was proved to be the one that policy asks for. */
export interface Proof {
  /** The TLSA record that matched, or trust anchor that is written as one; absent where an authority or a fingerprint did. */
  readonly record?: TlsaRecord;
  /** Position of the matched certificate in its chain, 0 is the server's own. */
  readonly depth?: number;
  /** The name that was asked for and shown; absent where none is. */
  readonly peerName?: string;
}

/** Octets of a record's data that are shown whole; of longer ones both ends. */
const SHOWN_OCTETS = 64;

/** Octets of a certificate that is read for its line; a hundred names take a tenth of them. */
const SHOWN_CERTIFICATE_OCTETS = 32_768;

/** Certificates of a chain that are described. */
const SHOWN_CERTIFICATES = 5;

/** `DNSSEC-signed TLSA record: _25._tcp.mx.example: 3 1 1 AB12…` */
export function tlsaLine(owner: string, record: TlsaRecord): string {
  return `DNSSEC-signed TLSA record: ${owner}: ${recordText(record)}`;
}

/** What proved the identity of the host, in Postfix's words. */
export function proofLines(relay: string, { record, depth = 0, peerName }: Proof): readonly string[] {
  return [
    ...(peerName === undefined ? [] : [`${relay}: matched peername: ${printable(peerName)}`]),
    ...(record === undefined
      ? []
      : [`${relay}: Matched DANE ${matched(record)} at depth ${depth}: ${recordText(record)}`]),
  ];
}

/** `subject_CN=mx.example, issuer=/CN=Example CA, cert fingerprint=AE:04:…, pkey fingerprint=08:13:…`; SHA-256. */
export function certificateLine(relay: string, der: Uint8Array): string {
  const certificate = der.length > SHOWN_CERTIFICATE_OCTETS ? undefined : parseCertificate(der);
  if (certificate === undefined)
    return `${relay}: certificate cannot be read, cert fingerprint=${fingerprint(der)}`;
  const { subject, issuer, spki } = certificate;
  const name = printable(subject.commonNames[0] ?? '').slice(0, 200);
  return (
    `${relay}: subject_CN=${name}, issuer=${issuer.text}, ` +
    `cert fingerprint=${fingerprint(der)}, pkey fingerprint=${fingerprint(spki)}`
  );
}

/** `depth 0: subject=/CN=mx.example, issuer=/CN=Example CA` for each certificate, as far as that many are shown. */
export function chainLines(chain: readonly Uint8Array[]): readonly string[] {
  const lines = chain.slice(0, SHOWN_CERTIFICATES).map((der, depth) => {
    const certificate = der.length > SHOWN_CERTIFICATE_OCTETS ? undefined : parseCertificate(der);
    if (certificate === undefined) return `depth ${depth}: cannot be read`;
    return `depth ${depth}: subject=${certificate.subject.text}, issuer=${certificate.issuer.text}`;
  });
  const more = chain.length - lines.length;
  return more > 0 ? [...lines, `${more} more`] : lines;
}

function matched({ usage, selector, matching }: TlsaRecord): string {
  if (usage === usages.daneEe) return 'EE certificate';
  return selector === selectors.publicKey && matching === matchings.full
    ? 'TA public key verified certificate'
    : 'TA certificate';
}

function recordText({ usage, selector, matching, data }: TlsaRecord): string {
  return `${usage} ${selector} ${matching} ${hex(data)}`;
}

function hex(data: Uint8Array): string {
  const text = Buffer.from(data).toString('hex').toUpperCase();
  return data.length > SHOWN_OCTETS ? `${text.slice(0, SHOWN_OCTETS)}...${text.slice(-SHOWN_OCTETS)}` : text;
}

function fingerprint(der: Uint8Array): string {
  const digest = createHash('sha256').update(der).digest('hex').toUpperCase();
  return digest.replaceAll(/..(?=.)/g, '$&:');
}
