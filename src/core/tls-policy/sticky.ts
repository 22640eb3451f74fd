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

/**
 * Whether a session under this policy proves that the destination has DANE: everything that led to the host was signed,
 * and its certificate has matched. Nothing else is ever remembered.
 */
export function provesDane(policy: HostPolicy): boolean {
  return policy.kind === 'use' && (policy.level === 'dane' || policy.level === 'dane-only');
}

/** What the DNS has said of a host; undefined where DANE protects it, or where it gets no mail anyway. */
export function stickyFacts(
  { host, mx, address }: Pick<StickyFacts, 'host' | 'mx' | 'address'>,
  policy: HostPolicy,
  tlsa: TlsaFinding | undefined,
): StickyFacts | undefined {
  if (policy.kind === 'skip' || provesDane(policy)) return undefined;
  const found = tlsa === undefined ? undefined : tlsaWord(tlsa);
  return { host, mx, address, ...(found !== undefined && { tlsa: found }) };
}

function tlsaWord(finding: TlsaFinding): StickyFacts['tlsa'] {
  if (finding.kind === 'records') return 'signed';
  if (finding.kind === 'failed') return undefined;
  if (finding.reason === 'TLSA records not signed') return 'unsigned';
  if (finding.reason !== 'no TLSA records') return undefined;
  return finding.signed === true ? 'none' : 'unsigned denial';
}

/** The policy of a host that gets no mail until DANE is back, an operator lets go of it, or the horizon has passed. */
export function heldBySticky(lost: StickyLost, whose = 'this host'): SkippedHost {
  return {
    kind: 'skip',
    reason: `${whose} ${lossText(lost)}`,
    dsn: '4.7.5',
    fault: 'DANE lost',
    warnings: [],
  };
}

/** The same where nobody knows what is remembered. */
export function stickyUnknown(detail: string): SkippedHost {
  const reason = `what is remembered of this destination is unknown: ${detail}`;
  return { kind: 'skip', reason, dsn: '4.7.5', fault: 'memory unknown', warnings: [] };
}
