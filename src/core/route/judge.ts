import { verifyDane } from '../dane/verify.ts';
import type { TlsWord } from '../smtp/transaction.ts';
import type { UsableHost } from './host-policy.ts';
import { isDane } from './levels.ts';

/** What the certificates of a server prove under the policy of its host. */
export interface Judgement {
  readonly word: TlsWord;
  /** Mail may be sent: the policy is fulfilled. */
  readonly ok: boolean;
  /** Tail of the line `certificate verification failed for …`; only if not ok. */
  readonly detail?: string;
  /** Position of the certificate at fault, 0 is the server's own; only if not ok. */
  readonly depth?: number;
}

/**
 * Judges a chain as it was sent (DER, the server's own certificate first; empty if there was none) at the time `nowMs`.
 * "Verified" is said of a match at `dane` and `dane-only` and of nothing else: what an unsigned MX RRset led to
 * is "Trusted" at most (RFC 7672 §2.2.1), and what nobody had to match is "Untrusted".
 */
export function judge(chain: readonly Uint8Array[], policy: UsableHost, nowMs: number): Judgement {
  const word = chain.length === 0 ? 'Anonymous' : 'Untrusted';
  if (!isDane(policy.level)) return { word, ok: true };
  const verdict = verifyDane(chain, policy.tlsa, policy.referenceNames, nowMs);
  if (verdict.kind === 'mismatch') return { word, ok: false, detail: verdict.detail, depth: verdict.depth };
  return { word: policy.level === 'half-dane' ? 'Trusted' : 'Verified', ok: true };
}
