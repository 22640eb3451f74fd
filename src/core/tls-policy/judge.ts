import { verifyFingerprint } from '../dane/fingerprint.ts';
import { mismatch } from '../dane/mismatch.ts';
import { shownName } from '../dane/names.ts';
import { parseCertificate } from '../dane/certificate.ts';
import { usages } from '../dane/tlsa.ts';
import { verifyAuthority } from '../dane/verify-authority.ts';
import { verifyDane } from '../dane/verify.ts';
import { verifyDnsId } from '../dane/verify-dns-id.ts';
import { mismatchResult, mxMismatch } from '../sts/host-sts.ts';
import type { HostSts, StsResult } from '../sts/sts-finding.ts';
import type { Mismatch } from '../dane/verdict.ts';
import type { Proof } from '../smtp/certificate-lines.ts';
import type { TlsWord } from '../smtp/transaction.ts';
import { isDane, isPkix, type EffectiveLevel } from '../levels/levels.ts';
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
  /** It is the MTA-STS policy that is not fulfilled, whatever the level says of DANE. */
  readonly failed?: 'sts';
  /** What the certificate is worth under the MTA-STS policy of the destination, enforced or not; absent without one. */
  readonly sts?: StsResult;
}

/**
 * Judges a chain as it was sent (DER, the server's own certificate first; empty if there was none) at the time `nowMs`.
 * "Verified" is used only if the certificate was proved to be the one that policy demands. A host behind an unsigned MX
 * RRset is "Trusted" at most (RFC 7672 §2.2.1), and so is a certificate of a trusted authority with any other name.
 */
export function judge(chain: readonly Uint8Array[], policy: UsableHost, nowMs: number): Judgement {
  const { sts, stsAuthorities } = policy;
  const judgement = judgeAtLevel(chain, policy, nowMs);
  if (sts === undefined || stsAuthorities === undefined) return judgement;
  // RFC 8461 §4.2: the name is that of the host as the MX record lists it.
  const verdict = verifyDnsId(chain, stsAuthorities, sts.host, nowMs);
  return withSts(judgement, policy.level, sts, verdict);
}

/** MTA-STS adds its own demand to that of the level, if it is enforced; if it is tested, only its result. */
function withSts(
  judgement: Judgement,
  level: EffectiveLevel,
  { mode, host, listed }: HostSts,
  verdict: ReturnType<typeof verifyDnsId>,
): Judgement {
  const result: StsResult =
    verdict.kind === 'mismatch' ? mismatchResult(verdict.cause) : listed ? { kind: 'success' } : mxMismatch;
  if (mode === 'testing' || !judgement.ok) return { ...judgement, sts: result };
  if (verdict.kind === 'mismatch') {
    const word = verdict.cause === 'name mismatch' ? 'Trusted' : judgement.word;
    return { ...refused(word, verdict), failed: 'sts', sts: result };
  }
  // RFC 8461 §4.1: the policy vouches for the name of the host as signed MX records would.
  const proof = level === 'sts' ? { peerName: host } : judgement.proof;
  return { ...judgement, word: 'Verified', ...(proof !== undefined && { proof }), sts: result };
}

function judgeAtLevel(chain: readonly Uint8Array[], policy: UsableHost, nowMs: number): Judgement {
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
    case 'sts':
      // The policy itself is judged by the caller; without one nobody is trusted.
      return policy.sts === undefined || policy.stsAuthorities === undefined
        ? refused(unproved, mismatch('untrusted issuer', 0))
        : { word: unproved, ok: true };
    case 'verify':
    case 'secure':
      return judgeNamed(chain, policy, nowMs, unproved);
  }
}

/** Whether `judge` needs more than the server's own certificate. If not, the rest of the chain need not be read. */
export function looksBeyondLeaf({ level, tlsa, authorities, sts }: UsableHost): boolean {
  if (sts !== undefined) return true;
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
