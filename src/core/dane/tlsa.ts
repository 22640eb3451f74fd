import { createPublicKey } from 'node:crypto';
import type { TlsaRecord } from '../dns/record.ts';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { derTags, readValue } from './der.ts';

/** RFC 7218 §2: the numbers that mean something to an SMTP client. */
export const usages = { daneTa: 2, daneEe: 3 } as const;
export const selectors = { certificate: 0, publicKey: 1 } as const;
export const matchings = { full: 0, sha256: 1, sha512: 2 } as const;

/** Digests that association data can be, in Postfix's words (`tls_dane_digests`). */
export const daneDigests = ['sha512', 'sha256'] as const;
export type DaneDigest = (typeof daneDigests)[number];

/** `sha512`, or with the number of its matching type `sha512=2`, as Postfix has it; undefined if it is neither. */
export function parseDaneDigest(text: string): DaneDigest | undefined {
  const word = text.toLowerCase();
  return daneDigests.find((digest) => word === digest || word === `${digest}=${matchings[digest]}`);
}

const digestSizes: Readonly<Record<DaneDigest, number>> = { sha256: 32, sha512: 64 };

/** Octets of association data that a log line shows whole. */
const maxShownOctets = 64;

/** A broken RRset may be large, and every delivery attempt would log it again. */
const maxWarnings = 10;

/**
 * Keys of one RRset that OpenSSL has to read, a tenth of a millisecond each. Further keys count as usable: an
 * unreadable key matches nothing, and a server with usable records must match one.
 */
const maxDecodings = 64;

/**
 * RDATA of a TLSA record (RFC 6698 §2.1), of any length: a broken record is a record all the same, for an RRset of
 * nothing else still asks for TLS (RFC 7672 §2.2). A parameter that is missing reads as 255 and the data as empty,
 * which no usable record has.
 */
export function parseTlsa(rdata: Uint8Array): TlsaRecord {
  const [usage = 255, selector = 255, matching = 255] = rdata;
  return { usage, selector, matching, data: new Uint8Array(rdata.subarray(3)) };
}

export type Usability = { readonly usable: true } | { readonly usable: false; readonly reason: string };

/**
 * Whether an SMTP client can authenticate a server with this record (RFC 6698 §4.1, RFC 7672 §3.1).
 *
 * @param digests those that the client will have
 */
export function usability(record: TlsaRecord, digests: readonly DaneDigest[] = daneDigests): Usability {
  const reason = fault(record, digests, isReadable);
  return reason === undefined ? { usable: true } : { usable: false, reason };
}

export interface Screened {
  readonly usable: readonly TlsaRecord[];
  /** For the operator, in Postfix's words. */
  readonly warnings: readonly string[];
}

/**
 * Separates the usable records of an RRset from those that are ignored.
 *
 * @param owner the name the records were found at, for the warnings
 * @param digests those that the client will have
 */
export function screen(
  records: readonly TlsaRecord[],
  owner: string,
  digests: readonly DaneDigest[] = daneDigests,
): Screened {
  const usable: TlsaRecord[] = [];
  const unusable: TlsaRecord[] = [];
  let decodings = 0;
  const mayBeRead = (spki: Uint8Array): boolean => (decodings += 1) > maxDecodings || isReadable(spki);
  for (const record of records) {
    (fault(record, digests, mayBeRead) === undefined ? usable : unusable).push(record);
  }
  const warnings = unusable.slice(0, maxWarnings).map((record) => warning(record, owner));
  const rest = unusable.length - warnings.length;
  return {
    usable,
    warnings: rest > 0 ? [...warnings, `${owner}: ${rest} more unusable TLSA RRs`] : warnings,
  };
}

/** `3 1 1 8A9A70596E869BED…`; long data is shown by its first and last 32 octets. */
export function tlsaText({ usage, selector, matching, data }: TlsaRecord): string {
  const half = maxShownOctets / 2;
  const shown =
    data.length > maxShownOctets
      ? `${hex(data.subarray(0, half))}...${hex(data.subarray(-half))}`
      : hex(data);
  return `${usage} ${selector} ${matching} ${shown}`;
}

/**
 * RFC 7671 §9: of the digests a server publishes for one usage and selector only the strongest counts, so that a
 * broken digest is no way in once a better one is published. Full(0) always counts.
 *
 * @param records usable ones; a malformed record must not displace a sound one
 * @param digests strongest first, which is the client's choice
 */
export function strongestDigests(
  records: readonly TlsaRecord[],
  digests: readonly DaneDigest[] = daneDigests,
): readonly TlsaRecord[] {
  const rank = ({ matching }: TlsaRecord): number => {
    const place = digests.findIndex((digest) => matchings[digest] === matching);
    return place === -1 ? digests.length : place;
  };
  const best = new Map<string, number>();
  for (const record of records) {
    const group = `${record.usage} ${record.selector}`;
    best.set(group, Math.min(rank(record), best.get(group) ?? Infinity));
  }
  return records.filter(
    (record) =>
      record.matching === matchings.full || rank(record) === best.get(`${record.usage} ${record.selector}`),
  );
}

/** Why a record is unusable. @param isKey whether OpenSSL can read a public key */
function fault(
  { usage, selector, matching, data }: TlsaRecord,
  digests: readonly DaneDigest[],
  isKey: (spki: Uint8Array) => boolean,
): string | undefined {
  if (data.length === 0) return 'no association data';
  // RFC 7672 §3.1.3: an SMTP client has no trust anchors that PKIX-TA(0) and PKIX-EE(1) could be checked against.
  if (usage < usages.daneTa) return `certificate usage ${usage} does not apply to SMTP`;
  if (usage > usages.daneEe) return `unknown certificate usage ${usage}`;
  if (selector > selectors.publicKey) return `unknown selector ${selector}`;
  if (matching === matchings.full)
    return selector === selectors.certificate ? certificateFault(data, isKey) : keyFault(data, isKey);
  const digest = daneDigests.find((each) => matchings[each] === matching);
  if (digest === undefined) return `unknown matching type ${matching}`;
  if (!digests.includes(digest)) return `matching type ${matching} is not wanted`;
  const size = digestSizes[digest];
  return data.length === size ? undefined : `digest of ${data.length} octets, not ${size}`;
}

function certificateFault(der: Uint8Array, isKey: (spki: Uint8Array) => boolean): string | undefined {
  const key = readSubjectPublicKeyInfo(der);
  if (key === undefined) return 'association data is not one certificate';
  return keyFault(key, isKey) && 'certificate has a public key that cannot be decoded';
}

function keyFault(der: Uint8Array, isKey: (spki: Uint8Array) => boolean): string | undefined {
  const isOne = readValue(der, derTags.sequence) !== undefined && isKey(der);
  return isOne ? undefined : 'association data is not one public key';
}

function isReadable(spki: Uint8Array): boolean {
  try {
    createPublicKey({ key: Buffer.from(spki), format: 'der', type: 'spki' });
    return true;
  } catch {
    return false;
  }
}

function warning(record: TlsaRecord, owner: string): string {
  const { usage, matching, data } = record;
  const text = tlsaText(record);
  if (data.length === 0) return `${owner}: truncated TLSA RR`;
  if (usage !== usages.daneTa && usage !== usages.daneEe) {
    return `${owner} unsupported TLSA certificate usage: ${text}`;
  }
  if (matching === 255) return `${owner} reserved private-use matching type: ${text}`;
  return `${owner}: unusable TLSA RR: ${text}`;
}

function hex(octets: Uint8Array): string {
  return Buffer.from(octets).toString('hex').toUpperCase();
}
