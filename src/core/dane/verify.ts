import type { TlsaRecord } from '../dns/record.ts';
import type { Certificate } from './certificate.ts';
import { parseCertificate, readSubjectPublicKeyInfo } from './certificate.ts';
import { findPaths } from './chain.ts';
import { associationsOf, matches } from './match.ts';
import { mismatch } from './mismatch.ts';
import { shownName } from './names.ts';
import type { ReferenceName } from './names.ts';
import { pathFault, weakKey } from './path-rules.ts';
import { limitedSignatureCheck } from './signature.ts';
import { isWeakKey } from './strength.ts';
import { matchings, selectors, strongestDigests, usages } from './tlsa.ts';
import type { DaneDigest } from './tlsa.ts';
import type { DaneVerdict, Mismatch } from './verdict.ts';

/** Enough for three paths of the greatest length; a hostile chain costs no more than some ten milliseconds. */
const maxSignatureChecks = 32;

/**
 * Judges the certificates of a server by its TLSA records (RFC 7671 §5, RFC 7672 §3). Any record that matches
 * authenticates it. If none does, the verdict is what came closest; a `name mismatch` means that nothing but the
 * name is wrong. Takes anything for a chain and for records, and never throws.
 *
 * @param chain DER as sent, the server's own certificate first
 * @param records the usable ones (`screen`)
 * @param referenceNames what a certificate under DANE-TA may call itself (RFC 7672 §3.2.2)
 * @param nowMs epoch milliseconds
 * @param digests strongest first: which of several digests counts (RFC 7671 §9); SHA2-512 before SHA2-256 if not said
 */
export function verifyDane(
  chain: readonly Uint8Array[],
  records: readonly TlsaRecord[],
  referenceNames: readonly ReferenceName[],
  nowMs: number,
  digests?: readonly DaneDigest[],
): DaneVerdict {
  const [leaf, ...others] = chain;
  if (leaf === undefined) return mismatch('no certificate', 0);
  const counting = strongestDigests(records, digests);
  const anchors = counting.filter(({ usage }) => usage === usages.daneTa);
  return (
    verifyEndEntity(leaf, counting) ??
    verifyTrustAnchor(leaf, others, anchors, referenceNames, nowMs) ??
    mismatch('no matching record', 0)
  );
}

/** RFC 7671 §5.1: the match is all there is to it; names, dates, issuer and purpose do not count. */
function verifyEndEntity(leaf: Uint8Array, records: readonly TlsaRecord[]): DaneVerdict | undefined {
  const associations = associationsOf(leaf);
  const record = records.find((each) => each.usage === usages.daneEe && matches(each, associations));
  if (record === undefined) return undefined;
  const key = readSubjectPublicKeyInfo(leaf);
  return key !== undefined && isWeakKey(key) ? weakKey(0) : { kind: 'matched', record, depth: 0 };
}

/** RFC 7671 §5.2, RFC 7672 §3.1.2. Undefined if no path leads to an anchor. */
function verifyTrustAnchor(
  der: Uint8Array,
  others: readonly Uint8Array[],
  anchors: readonly TlsaRecord[],
  referenceNames: readonly ReferenceName[],
  nowMs: number,
): DaneVerdict | undefined {
  if (anchors.length === 0) return undefined;
  const leaf = parseCertificate(der);
  if (leaf === undefined) return mismatch('malformed certificate', 0);
  // RFC 7671 §5.2.2, §5.2.3: what a record holds in full need not be sent.
  const full = anchors.filter(({ matching }) => matching === matchings.full);
  const published = full.filter(({ selector }) => selector === selectors.certificate).map(({ data }) => data);
  const keyRecords = full.filter(({ selector }) => selector === selectors.publicKey);
  const candidates = distinct([...published, ...others]).flatMap((each) => parseCertificate(each) ?? []);
  const recordOf = recordsOf(candidates, anchors);
  if (recordOf.size === 0 && keyRecords.length === 0) return undefined;

  const anchorRecord = (candidate: Certificate): TlsaRecord | undefined => recordOf.get(candidate);
  const parts = { leaf, candidates, anchorRecord, keyRecords };
  const peerName = shownName(leaf, referenceNames);
  let closest: { readonly fault: Mismatch; readonly rank: number } | undefined;
  for (const found of findPaths(parts, limitedSignatureCheck(maxSignatureChecks))) {
    const fault = found.kind === 'path' ? pathFault(found, nowMs) : found;
    if (found.kind === 'path' && fault === undefined && peerName !== undefined) {
      return { kind: 'matched', record: found.record, depth: found.certificates.length - 1, peerName };
    }
    // No path is further from a match than a path with a fault, and that further than one without the name.
    const rank = found.kind === 'mismatch' ? 0 : fault === undefined ? 2 : 1;
    if (closest === undefined || rank > closest.rank)
      closest = { fault: fault ?? mismatch('name mismatch', 0), rank };
  }
  return closest?.fault;
}

/** The same certificate may be in DNS and in the chain, and in the chain any number of times. */
function distinct(certificates: readonly Uint8Array[]): Uint8Array[] {
  return [...new Map(certificates.map((der) => [Buffer.from(der).toString('latin1'), der])).values()];
}

function recordsOf(
  candidates: readonly Certificate[],
  anchors: readonly TlsaRecord[],
): ReadonlyMap<Certificate, TlsaRecord> {
  const found = new Map<Certificate, TlsaRecord>();
  for (const candidate of candidates) {
    const associations = associationsOf(candidate.der);
    const record = anchors.find((anchor) => matches(anchor, associations));
    if (record !== undefined) found.set(candidate, record);
  }
  return found;
}
