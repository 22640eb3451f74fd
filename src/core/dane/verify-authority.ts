import type { TlsaRecord } from '../dns/record.ts';
import type { Authorities } from './authorities.ts';
import { budgetOf, prices } from './budget.ts';
import type { Budget } from './budget.ts';
import { candidatesByName, distinct, readCertificate } from './candidate.ts';
import type { ChainCandidate } from './candidate.ts';
import type { Certificate } from './certificate.ts';
import { findPaths } from './chain.ts';
import { nameKey } from './distinguished-name.ts';
import { mismatch } from './mismatch.ts';
import { constraintCheck } from './name-constraints.ts';
import { pathFault } from './path-rules.ts';
import { signatureCheck } from './signature.ts';
import type { Mismatch } from './verdict.ts';

/** The certificate of a server for which an authority vouches. Whether it is the right server is judged elsewhere. */
export interface Vouched {
  readonly kind: 'vouched';
  readonly leaf: Certificate;
}

/**
 * An authority stands in a path as the anchor that a `2 0 0` record would make of it. The record itself is not used.
 */
const anchor: TlsaRecord = { usage: 2, selector: 0, matching: 0, data: Buffer.alloc(0) };

/**
 * Judges the certificates of a server by the authorities an operator trusts (RFC 5280 §6.1): a path of good
 * certificates, the root's dates included, must lead from the server's own to a root among them. It accepts anything as
 * a chain, never throws, and takes no longer than its budget allows.
 *
 * @param chain DER as sent, the server's own certificate first
 * @param nowMs epoch milliseconds
 */
export function verifyAuthority(
  chain: readonly Uint8Array[],
  authorities: Authorities,
  nowMs: number,
): Vouched | Mismatch {
  return verifyAuthorityWithin(budgetOf(), chain, authorities, nowMs);
}

/** The same with a budget of the caller. */
export function verifyAuthorityWithin(
  budget: Budget,
  chain: readonly Uint8Array[],
  authorities: Authorities,
  nowMs: number,
): Vouched | Mismatch {
  const verdict = verify(chain, authorities, nowMs, budget);
  return budget.isSpent() ? mismatch('too much work', 0) : verdict;
}

function verify(
  [first, ...others]: readonly Uint8Array[],
  authorities: Authorities,
  nowMs: number,
  budget: Budget,
): Vouched | Mismatch {
  if (first === undefined) return mismatch('no certificate', 0);
  const leaf = readCertificate(first, budget);
  if (leaf === undefined) return mismatch('malformed certificate', 0);
  const brokenConstraint = constraintCheck(budget);
  // A self-signed server is its own authority, if the settings say so.
  if (
    authorities
      .named(nameKey(leaf.subject))
      .some((root) => authorities.isRoot(root) && isSame(root.der, first))
  ) {
    const own = { kind: 'path', certificates: [leaf], record: anchor, byKey: true } as const;
    return pathFault(own, nowMs, brokenConstraint) ?? { kind: 'vouched', leaf };
  }
  const named = candidatesFor(others, authorities, budget);
  const parts = { leaf, named, keyRecords: [] };
  let inTheWay: Mismatch | undefined;
  let firstFault: Mismatch | undefined;
  for (const found of findPaths(parts, signatureCheck(budget), budget)) {
    if (found.kind === 'mismatch') {
      inTheWay ??= found;
      continue;
    }
    if (!budget.spend(prices.path)) break;
    const fault = pathFault(found, nowMs, brokenConstraint);
    if (fault === undefined) return { kind: 'vouched', leaf };
    firstFault ??= fault;
  }
  return firstFault ?? inTheWay ?? noPath(leaf, named, authorities);
}

/** Authorities that may be above a certificate by their name; each once, the operator's copy first. */
function candidatesFor(
  others: readonly Uint8Array[],
  authorities: Authorities,
  budget: Budget,
): (subject: string) => readonly ChainCandidate[] {
  const sent = candidatesByName(
    distinct(others).map((der) => ({ der })),
    budget,
  );
  return (subject) => {
    const trusted = authorities.named(subject);
    return [
      ...trusted.map((certificate) => ({
        der: certificate.der,
        read: () => certificate,
        record: authorities.isRoot(certificate) ? anchor : undefined,
      })),
      ...sent(subject).filter(({ der }) => !trusted.some((certificate) => isSame(certificate.der, der))),
    ];
  };
}

/** Why no path leads to an authority, in Postfix's words: by the last certificate on the way up. */
function noPath(
  leaf: Certificate,
  named: (subject: string) => readonly ChainCandidate[],
  authorities: Authorities,
): Mismatch {
  let top = leaf;
  let depth = 0;
  for (const seen = new Set<Certificate>(); !top.selfIssued && !seen.has(top); depth += 1) {
    seen.add(top);
    const [above] = named(nameKey(top.issuer)).flatMap(({ read }) => read() ?? []);
    if (above === undefined) break;
    top = above;
  }
  // All names lead to a root, so a signature must have failed.
  if (authorities.isRoot(top)) return mismatch('bad signature', 0);
  if (top.selfIssued) return mismatch('self-signed', depth);
  return mismatch('untrusted issuer', depth, `untrusted issuer ${top.issuer.text}`);
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}
