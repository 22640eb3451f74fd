import { requiresMatch, requiresTls } from '../levels/levels.ts';
import type { HostPolicy, UsableHost } from '../tls-policy/host-policy.ts';
import type { Judgement } from '../tls-policy/judge.ts';

/** What a session has shown of its host, whatever policy it was made under. */
export interface SeenSession {
  /** Absent where it was in clear. */
  readonly tls?: {
    /** `TLSv1.3` */
    readonly protocol: string;
    /** Certificates, DER, the host's own first; absent where they were not kept. */
    readonly chain?: readonly Uint8Array[];
  };
  /** TLS would have been used if the host had offered it. */
  readonly triedTls: boolean;
}

export type WhatIfVerdict =
  | { readonly kind: 'passes' }
  /** No host of the destination would have had the mail, as far as that is known. */
  | { readonly kind: 'waits'; readonly reason: string }
  /** This host would not have had it. Another one that was not spoken to might have. */
  | { readonly kind: 'elsewhere'; readonly reason: string }
  | { readonly kind: 'unknown'; readonly reason: string };

export const whatIfVerdicts = ['passes', 'waits', 'elsewhere', 'unknown'] as const;

/** What would have become of mail at this host under a policy that is only tried out. */
export function whatIfVerdict(
  policy: HostPolicy,
  { tls, triedTls }: SeenSession,
  judge: (chain: readonly Uint8Array[], policy: UsableHost) => Judgement,
): WhatIfVerdict {
  if (policy.kind === 'skip') return { kind: 'waits', reason: policy.reason };
  if (!requiresTls(policy.level)) return { kind: 'passes' };
  if (tls === undefined) {
    return triedTls
      ? { kind: 'waits', reason: 'TLS is required, and the session was in clear' }
      : { kind: 'unknown', reason: 'TLS was not tried' };
  }
  if (!policy.tls.versions.some((version) => version === tls.protocol)) {
    return { kind: 'waits', reason: `${tls.protocol} is not allowed` };
  }
  if (!requiresMatch(policy.level)) return { kind: 'passes' };
  if (tls.chain === undefined) return { kind: 'unknown', reason: 'the certificates were not kept' };
  const { ok, detail = 'not verified' } = judge(tls.chain, policy);
  return ok ? { kind: 'passes' } : { kind: 'waits', reason: `Server certificate not verified: ${detail}` };
}
