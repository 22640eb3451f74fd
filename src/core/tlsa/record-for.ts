import { budgetOf } from '../dane/budget.ts';
import { parseCertificate, type Certificate } from '../dane/certificate.ts';
import { nameKey } from '../dane/distinguished-name.ts';
import { certificateWithKey, makeRecord, parametersText, type TlsaParameters } from '../dane/make-record.ts';
import { signatureCheck } from '../dane/signature.ts';
import { matchings, selectors, usages } from '../dane/tlsa.ts';
import type { Mismatch } from '../dane/verdict.ts';
import { verifyDane } from '../dane/verify.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { subjectOf, type Shown } from './shown.ts';

/** A record, and what it is of. */
export interface RecordFor {
  readonly record: TlsaRecord;
  /** Position in the chain of the certificate that it is of; 0 also for a key alone. */
  readonly depth: number;
  /** The certificate; absent for a key alone. */
  readonly certificate?: Uint8Array;
}

/** Why there is no such record; continues "3 0 1: ". */
export interface NoRecord {
  readonly problem: string;
}

/**
 * The record with these parameters for a server that shows this. Usages 1 and 3 are of its own certificate or key, usages
 * 0 and 2 of the right one above it (`anchorOf`).
 *
 * @param nowMs epoch milliseconds
 */
export function recordFor(parameters: TlsaParameters, shown: Shown, nowMs: number): RecordFor | NoRecord {
  const isOfAuthority = parameters.usage === 0 || parameters.usage === usages.daneTa;
  if (isOfAuthority) return recordOfAuthority(parameters, shown, nowMs);
  const [certificate] = shown.chain;
  const record = makeRecord(parameters, shown.own);
  if (record !== undefined) return { record, depth: 0, ...(certificate && { certificate }) };
  return parameters.selector === selectors.certificate
    ? { problem: `selector 0 is of a certificate, and here is only a key` }
    : { problem: 'the certificate has no key that can be read' };
}

function recordOfAuthority(
  parameters: TlsaParameters,
  { chain }: Shown,
  nowMs: number,
): RecordFor | NoRecord {
  const text = `usage ${parameters.usage} is of an authority`;
  if (chain.length === 0)
    return { problem: `${text}, and here is only a key: give the chain that the server sends` };
  const anchor = anchorOf(chain, nowMs);
  if ('problem' in anchor) return { problem: `${text}: ${anchor.problem}` };
  const record = makeRecord(parameters, certificateWithKey(anchor.certificate));
  return record === undefined
    ? { problem: `the certificate of ${subjectOf(anchor.certificate)} has no key that can be read` }
    : { record, ...anchor };
}

/** Certificates above the server's own that are looked at; no sender follows more. */
const MOST_AUTHORITIES = 10;

export interface Anchor {
  readonly certificate: Uint8Array;
  readonly depth: number;
}

/**
 * The certificate of a chain that a record of usage 2 should be of: the highest one that senders find a path to (RFC 7671
 * §5.2), as `verifyDane` judges it, because the higher, the longer it lasts. A file with nothing but authorities leads to
 * the highest of them, or to its only one.
 *
 * @param chain DER as sent, the server's own first
 */
export function anchorOf(chain: readonly Uint8Array[], nowMs: number): Anchor | NoRecord {
  const [first, ...above] = chain;
  const leaf = first && parseCertificate(first);
  if (first === undefined || leaf === undefined) return { problem: 'the first certificate cannot be read' };
  let best: Anchor | undefined;
  let fault: Mismatch | undefined;
  for (const [index, certificate] of above.slice(0, MOST_AUTHORITIES).entries()) {
    const record = makeRecord(
      { usage: usages.daneTa, selector: 0, matching: matchings.sha256 },
      { certificate, publicKey: undefined },
    );
    if (record === undefined) continue;
    const verdict = verifyDane(chain, [record], [...leaf.dnsNames, ...leaf.subject.commonNames], nowMs);
    // A certificate without any name leads to its authority all the same.
    const leads = verdict.kind === 'matched' || verdict.cause === 'name mismatch';
    const height = verdict.kind === 'matched' ? verdict.depth : index + 1;
    if (leads && height > (best?.depth ?? 0)) best = { certificate, depth: height };
    if (verdict.kind === 'mismatch') fault ??= verdict;
  }
  if (best !== undefined) return best;
  if (leaf.basicConstraints?.ca === true) {
    return leaf.dnsNames.length === 0 ? highestAbove(leaf, above) : { problem: ownAuthority };
  }
  return {
    problem:
      above.length === 0
        ? 'there is only the server’s own certificate; give the chain that the server sends'
        : `no certificate above the first leads to it: ${fault?.detail ?? 'none was issued by another'}`,
  };
}

/** In a file of authorities alone, such as certbot's chain.pem: their purpose is not to be a server. */
function highestAbove(first: Certificate, above: readonly Uint8Array[]): Anchor {
  const check = signatureCheck(budgetOf());
  const others = above.slice(0, MOST_AUTHORITIES).flatMap((der) => parseCertificate(der) ?? []);
  const climbed = [first];
  for (let top = first; !top.selfIssued;) {
    const issuer = others.find(
      (one) =>
        nameKey(one.subject) === nameKey(top.issuer) &&
        !climbed.includes(one) &&
        check(top, one.spki) === 'good',
    );
    if (issuer === undefined) break;
    climbed.push(issuer);
    top = issuer;
  }
  return { certificate: climbed.at(-1)?.der ?? first.der, depth: climbed.length - 1 };
}

/** `openssl req -x509` makes such certificates. RFC 7671 §5.2: a trust anchor is above the certificate of the server. */
const ownAuthority =
  'the certificate of the server is its own authority, and senders match usage 2 with those above it only; 3 1 1 is for it';

/** All records that may be of use, the best first: `3 1 1`, `3 1 2`, `3 0 1`, `3 0 2` of the server, the same of usage 2. */
export const usefulParameters: readonly TlsaParameters[] = [usages.daneEe, usages.daneTa].flatMap((usage) =>
  [selectors.publicKey, selectors.certificate].flatMap((selector) =>
    [matchings.sha256, matchings.sha512].map((matching) => ({ usage, selector, matching })),
  ),
);

/** Records with all these parameters; those that cannot be made are left out. */
export function recordsFor(
  all: readonly TlsaParameters[],
  shown: Shown,
  nowMs: number,
): { readonly made: readonly RecordFor[]; readonly problems: readonly string[] } {
  const results = all.map((parameters) => ({ parameters, result: recordFor(parameters, shown, nowMs) }));
  return {
    made: results.flatMap(({ result }) => ('record' in result ? [result] : [])),
    problems: results.flatMap(({ parameters, result }) =>
      'problem' in result ? [`${parametersText(parameters)}: ${result.problem}`] : [],
    ),
  };
}
