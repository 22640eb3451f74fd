import type { TlsaRecord } from '../dns/record.ts';
import { budgetOf, prices } from './budget.ts';
import type { Budget } from './budget.ts';
import { candidatesByName, distinct, readCertificate } from './candidate.ts';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { findPaths } from './chain.ts';
import { recordFinder } from './match.ts';
import { mismatch } from './mismatch.ts';
import { constraintCheck } from './name-constraints.ts';
import { shownName } from './names.ts';
import type { ReferenceName } from './names.ts';
import { pathFault, weakKey } from './path-rules.ts';
import { publicKeyByOpenssl, signatureCheck } from './signature.ts';
import { soundKey } from './strength.ts';
import { matchings, selectors, strongestDigests, usages } from './tlsa.ts';
import type { DaneDigest } from './tlsa.ts';
import type { DaneVerdict, Mismatch } from './verdict.ts';

/**
 * Judges the certificates of a server by its TLSA records (RFC 7671 §5, RFC 7672 §3). Any record that matches
 * authenticates it. If none does, the verdict is what came closest; a `name mismatch` means that nothing but the name
 * is wrong. It accepts anything as a chain and as records, never throws, and takes no longer than its budget allows:
 * `too much work` means that it could not finish.
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
  return verifyDaneWithin(budgetOf(), chain, records, referenceNames, nowMs, digests);
}

/** The same with a budget of the caller. */
export function verifyDaneWithin(
  budget: Budget,
  chain: readonly Uint8Array[],
  records: readonly TlsaRecord[],
  referenceNames: readonly ReferenceName[],
  nowMs: number,
  digests?: readonly DaneDigest[],
): DaneVerdict {
  const [leaf, ...others] = chain;
  if (leaf === undefined) return mismatch('no certificate', 0);
  const counting = strongestDigests(records, digests);
  const endEntities = counting.filter(({ usage }) => usage === usages.daneEe);
  const anchors = counting.filter(({ usage }) => usage === usages.daneTa);
  const verdict =
    verifyEndEntity(leaf, endEntities, budget) ??
    verifyTrustAnchor(leaf, others, anchors, referenceNames, nowMs, budget) ??
    mismatch('no matching record', 0);
  return budget.isSpent() ? mismatch('too much work', 0) : verdict;
}

/** RFC 7671 §5.1: only the match counts; names, dates, issuer and purpose do not. */
function verifyEndEntity(
  leaf: Uint8Array,
  records: readonly TlsaRecord[],
  budget: Budget,
): DaneVerdict | undefined {
  const record = recordFinder(records, budget)(leaf);
  if (record === undefined) return undefined;
  // OpenSSL may read a key that our reader cannot. Whether it proves something depends on the key, not on its encoding.
  const key = readSubjectPublicKeyInfo(leaf) ?? publicKeyByOpenssl(leaf);
  return key !== undefined && soundKey(key) === undefined
    ? weakKey(0)
    : { kind: 'matched', record, depth: 0 };
}

/** RFC 7671 §5.2, RFC 7672 §3.1.2. Undefined if no path leads to an anchor. */
function verifyTrustAnchor(
  der: Uint8Array,
  others: readonly Uint8Array[],
  anchors: readonly TlsaRecord[],
  referenceNames: readonly ReferenceName[],
  nowMs: number,
  budget: Budget,
): DaneVerdict | undefined {
  if (anchors.length === 0) return undefined;
  // RFC 7671 §5.2.2, §5.2.3: the server need not send what a record holds in full.
  const full = anchors.filter(({ matching }) => matching === matchings.full);
  const published = full.filter(({ selector }) => selector === selectors.certificate).map(({ data }) => data);
  const keyRecords = full.filter(({ selector }) => selector === selectors.publicKey);
  const above = distinct([...published, ...others]);
  const recordOf = recordFinder(anchors, budget);
  const records = above.map(recordOf);
  // Hashing is cheap. Without an anchor there is nothing to search for.
  if (keyRecords.length === 0 && records.every((record) => record === undefined)) return undefined;

  const leaf = readCertificate(der, budget);
  if (leaf === undefined) return mismatch('malformed certificate', 0);
  const named = candidatesByName(
    above.map((each, index) => ({ der: each, record: records[index] })),
    budget,
  );
  const peerName = shownName(leaf, referenceNames);
  const brokenConstraint = constraintCheck(budget);
  let inTheWay: Mismatch | undefined;
  let firstFault: Mismatch | undefined;
  for (const found of findPaths({ leaf, named, keyRecords }, signatureCheck(budget), budget)) {
    if (found.kind === 'mismatch') {
      inTheWay ??= found;
      continue;
    }
    const { certificates, record } = found;
    if (!budget.spend(prices.path)) break;
    const fault = pathFault(found, nowMs, brokenConstraint);
    if (fault === undefined) {
      // Only the name is wrong, and no other path can show another name.
      if (peerName === undefined) return mismatch('name mismatch', 0);
      return { kind: 'matched', record, depth: certificates.length - 1, peerName };
    }
    firstFault ??= fault;
  }
  // A path with a fault is closer to a match than none.
  return firstFault ?? inTheWay;
}
