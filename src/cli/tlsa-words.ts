import { parametersText } from '../core/dane/make-record.ts';
import { rdataText } from '../core/dane/record-text.ts';
import { keyDigest, subjectOf, type Shown } from '../core/tlsa/shown.ts';
import { parseCertificate } from '../core/dane/certificate.ts';
import type { TlsaRecord } from '../core/dns/record.ts';

/** How digests are shown: whole where a program may read them. */
export type HexStyle = 'whole' | 'short';

/** `3 1 1 0dbcf055...bf1a4b` */
export function recordWords(record: TlsaRecord, style: HexStyle): string {
  if (style === 'whole') return rdataText(record);
  return `${parametersText(record)} ${hexWords(record.data, style)}`;
}

export function hexWords(octets: Uint8Array, style: HexStyle): string {
  const hex = Buffer.from(octets).toString('hex');
  return style === 'whole' || hex.length <= 20 ? hex : `${hex.slice(0, 8)}...${hex.slice(-6)}`;
}

/** `key sha256 0dbcf055...bf1a4b` */
export function keyWords(shown: Shown, style: HexStyle): string {
  const digest = keyDigest(shown);
  return digest === undefined ? 'a key that cannot be read' : `key sha256 ${hexWords(digest, style)}`;
}

/** `/CN=mx.example.org, until 2027-02-01` */
export function certificateWords({ chain: [own] }: Shown): string | undefined {
  const certificate = own && parseCertificate(own);
  if (own === undefined || certificate === undefined) return undefined;
  return `${subjectOf(own)}, until ${new Date(certificate.notAfter).toISOString().slice(0, 10)}`;
}

/** `15:42 UTC`, and with its date if that is not today's; a minute that has begun counts as a whole one. */
export function timeWords(atMs: number, nowMs: number): string {
  const minute = 60_000;
  const text = new Date(Math.ceil(atMs / minute) * minute).toISOString();
  const isToday = text.slice(0, 10) === new Date(nowMs).toISOString().slice(0, 10);
  return `${isToday ? '' : `${text.slice(0, 10)} `}${text.slice(11, 16)} UTC`;
}
