import type { TlsaRecord } from '../dns/record.ts';
import type { Authorities } from './authorities.ts';
import type { Certificate } from './certificate.ts';
import { parseCertificate } from './certificate.ts';
import { findPaths } from './chain.ts';
import { nameKey } from './distinguished-name.ts';
import { mismatch } from './mismatch.ts';
import { pathFault } from './path-rules.ts';
import { limitedSignatureCheck } from './signature.ts';
import type { Mismatch } from './verdict.ts';

/** The certificate of a server that an authority vouches for. Whether it is the right server is another matter. */
export interface Vouched {
  readonly kind: 'vouched';
  readonly leaf: Certificate;
}

/** As for DANE-TA: enough for three paths of the greatest length. */
const maxSignatureChecks = 32;

/** An authority stands in a path as the anchor that `2 0 0` would make of it; nobody looks at the record. */
const anchor: TlsaRecord = { usage: 2, selector: 0, matching: 0, data: Buffer.alloc(0) };

/**
 * Judges the certificates of a server by the authorities an operator trusts (RFC 5280 §6.1): a path of good
 * certificates, the root's dates included, must lead from the server's own to a root among them. Takes anything for a
 * chain and never throws.
 *
 * @param chain DER as sent, the server's own certificate first
 * @param nowMs epoch milliseconds
 */
export function verifyAuthority(
  chain: readonly Uint8Array[],
  authorities: Authorities,
  nowMs: number,
): Vouched | Mismatch {
  const [first, ...others] = chain;
  if (first === undefined) return mismatch('no certificate', 0);
  const leaf = parseCertificate(first);
  if (leaf === undefined) return mismatch('malformed certificate', 0);
  // A self-signed server is its own authority, if the operator says so.
  if (
    authorities.named(nameKey(leaf.subject)).some((root) => authorities.isRoot(root) && isSame(root, leaf))
  ) {
    const own = { kind: 'path', certificates: [leaf], record: anchor, byKey: true } as const;
    return pathFault(own, nowMs) ?? { kind: 'vouched', leaf };
  }
  const candidates = candidatesFor(leaf, others, authorities);
  const parts = {
    leaf,
    candidates,
    anchorRecord: (candidate: Certificate) => (authorities.isRoot(candidate) ? anchor : undefined),
    keyRecords: [],
  };
  let closest: { readonly fault: Mismatch; readonly rank: number } | undefined;
  for (const found of findPaths(parts, limitedSignatureCheck(maxSignatureChecks))) {
    const fault = found.kind === 'path' ? pathFault(found, nowMs) : found;
    if (fault === undefined) return { kind: 'vouched', leaf };
    const rank = found.kind === 'path' ? 1 : 0;
    if (closest === undefined || rank > closest.rank) closest = { fault, rank };
  }
  return closest?.fault ?? noPath(leaf, candidates, authorities);
}

/** Authorities that may be above the certificates of a chain, and these; each once, the operator's copy first. */
function candidatesFor(
  leaf: Certificate,
  others: readonly Uint8Array[],
  authorities: Authorities,
): readonly Certificate[] {
  const sent = others.flatMap((der) => parseCertificate(der) ?? []);
  const trusted = new Set<Certificate>();
  const wanted = new Set([leaf, ...sent].map(({ issuer }) => nameKey(issuer)));
  // Grows while it is walked: an authority of the operator's that is no root leads to another.
  for (const issuer of wanted) {
    for (const authority of authorities.named(issuer)) {
      trusted.add(authority);
      wanted.add(nameKey(authority.issuer));
    }
  }
  const known = [...trusted];
  return [...known, ...sent.filter((each) => !known.some((authority) => isSame(authority, each)))];
}

/** Why no path leads anywhere, as Postfix says it: by the last certificate on the way up. */
function noPath(leaf: Certificate, candidates: readonly Certificate[], authorities: Authorities): Mismatch {
  let top = leaf;
  let depth = 0;
  for (const seen = new Set<Certificate>(); !top.selfIssued && !seen.has(top); depth += 1) {
    seen.add(top);
    const issuer = nameKey(top.issuer);
    const above = candidates.find(({ subject }) => nameKey(subject) === issuer);
    if (above === undefined) break;
    top = above;
  }
  // All the names lead to a root, and so some signature does not.
  if (authorities.isRoot(top)) return mismatch('bad signature', 0);
  if (top.selfIssued) return mismatch('self-signed', depth);
  return mismatch('untrusted issuer', depth, `untrusted issuer ${top.issuer.text}`);
}

function isSame(one: Certificate, other: Certificate): boolean {
  return Buffer.compare(one.der, other.der) === 0;
}
