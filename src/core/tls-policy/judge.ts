import { verifyFingerprint } from '../dane/fingerprint.ts';
import { mismatch } from '../dane/mismatch.ts';
import { shownName } from '../dane/names.ts';
import { parseCertificate } from '../dane/certificate.ts';
import { usages } from '../dane/tlsa.ts';
import { verifyAuthority } from '../dane/verify-authority.ts';
import { verifyDane } from '../dane/verify.ts';
import type { Mismatch } from '../dane/verdict.ts';
import type { Proof } from '../smtp/certificate-lines.ts';
import type { TlsWord } from '../smtp/transaction.ts';
import { isDane, isPkix } from '../levels/levels.ts';
import type { UsableHost } from './host-policy.ts';

/** The judgement of a server's certificates under the policy of its host. */
export interface Judgement {
  readonly word: TlsWord;
  /** Mail may be sent: the policy is fulfilled. */
  readonly ok: boolean;
  /** Tail of the line `certificate verification failed for …`; only if not ok. */
  readonly detail?: string;
  /** Position of the certificate at fault, 0 is the server's own; only if not ok. */
  readonly depth?: number;
  /** What proved it; only if ok, at the levels that demand proof. */
  readonly proof?: Proof;
  /** The same for machines; only if not ok. */
  readonly cause?: Mismatch['cause'];
}

/**
 * Judges a chain as it was sent (DER, the server's own certificate first; empty if there was none) at the time `nowMs`.
 * "Verified" is used only if the certificate was proved to be the one that policy demands. A host behind an unsigned MX
 * RRset is "Trusted" at most (RFC 7672 §2.2.1), and so is a certificate of a trusted authority with any other name.
 */
export function judge(chain: readonly Uint8Array[], policy: UsableHost, nowMs: number): Judgement {
  const { level, authorities, fingerprints } = policy;
  const unproved = chain.length === 0 ? 'Anonymous' : 'Untrusted';
  switch (level) {
    case 'none':
    case 'may':
    case 'encrypt': {
      const vouched =
        authorities !== undefined && verifyAuthority(chain, authorities, nowMs).kind === 'vouched';
      return { word: vouched ? 'Trusted' : unproved, ok: true };
    }
    case 'fingerprint':
      return fingerprints === undefined
        ? refused(unproved, mismatch('no matching record', 0))
        : verdictOf(verifyFingerprint(chain, fingerprints), 'Verified', unproved);
    case 'half-dane':
      return verdictOf(byRecords(chain, policy, nowMs), 'Trusted', unproved);
    case 'dane':
    case 'dane-only':
      return verdictOf(byRecords(chain, policy, nowMs), 'Verified', unproved);
    case 'verify':
    case 'secure':
      return judgeNamed(chain, policy, nowMs, unproved);
  }
}

/** Whether `judge` needs more than the server's own certificate. If not, the rest of the chain need not be read. */
export function looksBeyondLeaf({ level, tlsa, authorities }: UsableHost): boolean {
  if (isPkix(level)) return true;
  if (isDane(level)) return tlsa.some(({ usage }) => usage !== usages.daneEe);
  return level !== 'fingerprint' && authorities !== undefined;
}

function byRecords(
  chain: readonly Uint8Array[],
  { tlsa, referenceNames, digests }: UsableHost,
  nowMs: number,
): ReturnType<typeof verifyDane> {
  return verifyDane(chain, tlsa, referenceNames, nowMs, digests);
}

/** A trusted authority vouches for the certificate, and it shows a name that policy asks for. */
function judgeNamed(
  chain: readonly Uint8Array[],
  policy: UsableHost,
  nowMs: number,
  unproved: TlsWord,
): Judgement {
  const { authorities, referenceNames } = policy;
  const verdict =
    authorities === undefined ? byRecords(chain, policy, nowMs) : verifyAuthority(chain, authorities, nowMs);
  if (verdict.kind === 'mismatch') {
    return refused(verdict.cause === 'name mismatch' ? 'Trusted' : unproved, verdict);
  }
  // A trust anchor may be the certificate of the server itself, which does not say under which name.
  const leaf = verdict.kind === 'vouched' ? verdict.leaf : parseCertificate(chain[0] ?? new Uint8Array());
  const named = leaf && shownName(leaf, referenceNames);
  if (named === undefined) return refused('Trusted', mismatch('name mismatch', 0));
  const { record, depth } = verdict.kind === 'matched' ? verdict : {};
  const proof = {
    peerName: named,
    ...(record !== undefined && { record }),
    ...(depth !== undefined && { depth }),
  };
  return { word: 'Verified', ok: true, proof };
}

function verdictOf(
  verdict: ({ readonly kind: 'matched' } & Proof) | Mismatch,
  proved: TlsWord,
  unproved: TlsWord,
): Judgement {
  if (verdict.kind === 'mismatch') return refused(unproved, verdict);
  const { kind: _, ...proof } = verdict;
  return { word: proved, ok: true, proof };
}

function refused(word: TlsWord, { detail, depth, cause }: Mismatch): Judgement {
  return { word, ok: false, detail, depth, cause };
}
