import { lossText, type StickyFacts, type StickyLost, type StickyWish } from '../sticky/sticky-memory.ts';
import type { HostPolicy, SkippedHost } from './host-policy.ts';
import type { PolicyEntry } from './policy-entry.ts';
import type { TlsSettings } from './tls-settings.ts';
import type { TlsaFinding } from './tlsa-lookup.ts';

/**
 * What is made of a host that loses DANE. Only `dane` believes the DNS that there is nothing to check; the levels above
 * it send nothing then, and those below it never ask.
 */
export function stickyWish(asked: PolicyEntry, { sticky }: Pick<TlsSettings, 'sticky'>): StickyWish {
  if (asked.kind === 'invalid' || asked.level !== 'dane') return 'off';
  return asked.sticky ?? sticky;
}

/** Whether proofs of a destination are remembered, whatever its level: a proof at `dane-only` is as good. */
export function remembers(asked: PolicyEntry, { sticky }: Pick<TlsSettings, 'sticky'>): boolean {
  return ((asked.kind === 'level' ? asked.sticky : undefined) ?? sticky) !== 'off';
}

/**
 * Whether a session under this policy proves that the destination has DANE: everything that led to the host was signed,
 * and its certificate has matched. Nothing else is ever remembered.
 */
export function provesDane(policy: HostPolicy): boolean {
  return policy.kind === 'use' && (policy.level === 'dane' || policy.level === 'dane-only');
}

/** What the DNS has said of a host; undefined where DANE protects it, or where it gets no mail anyway. */
export function stickyFacts(
  named: Pick<StickyFacts, 'host' | 'mx' | 'address' | 'unsignedHosts'>,
  policy: HostPolicy,
  tlsa: TlsaFinding | undefined,
): StickyFacts | undefined {
  if (policy.kind === 'skip' || provesDane(policy)) return undefined;
  const found = tlsa === undefined ? undefined : tlsaWord(tlsa);
  return { ...named, ...(found !== undefined && { tlsa: found }) };
}

function tlsaWord(finding: TlsaFinding): StickyFacts['tlsa'] {
  if (finding.kind === 'records') return 'signed';
  if (finding.kind === 'failed') return undefined;
  if (finding.reason === 'TLSA records not signed') return 'unsigned';
  if (finding.reason !== 'no TLSA records') return undefined;
  return finding.signed === true ? 'none' : 'unsigned denial';
}

/** The policy of a host that gets no mail until DANE is back, an operator lets go of it, or the horizon has passed. */
export function heldBySticky(lost: StickyLost, host: string): SkippedHost {
  return {
    kind: 'skip',
    reason: stickyReason(lost, host),
    dsn: '4.7.5',
    fault: 'DANE lost',
    warnings: [],
  };
}

/** Of a host that gets no mail; what was proved may be another one, or only its domain. */
export function stickyReason(lost: StickyLost, host: string): string {
  const whose = lost.of === 'domain' ? 'this domain' : lost.host === host ? 'this host' : lost.host;
  return `${whose} ${lossText(lost)}`;
}

/** The same where nobody knows what is remembered. */
export function stickyUnknown(detail: string): SkippedHost {
  const reason = `what is remembered of this destination is unknown: ${detail}`;
  return { kind: 'skip', reason, dsn: '4.7.5', fault: 'memory unknown', warnings: [] };
}
