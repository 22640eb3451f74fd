import { isDane, type EffectiveLevel } from '../levels/levels.ts';
import type { HostPolicy, UsableHost } from './host-policy.ts';
import type { PolicyEntry } from './policy-entry.ts';

/**
 * The policy of a host for mail that requires TLS: it stays what it is, or the host is out of the question (RFC 8689 §4.2.1).
 *
 * @param asked what the operator demands
 */
export function requiringTls(policy: HostPolicy, host: string, asked: PolicyEntry): HostPolicy {
  if (policy.kind === 'skip' || policy.authenticates === true) return policy;
  return {
    kind: 'skip',
    reason: `REQUIRETLS is required, but host ${host} cannot be authenticated: ${doubtOf(policy, asked)}`,
    dsn: '4.7.10',
    fault: 'not authenticated',
    warnings: [],
  };
}

function doubtOf({ level }: UsableHost, asked: PolicyEntry): string {
  if (byMx.has(level)) return 'the MX records are not signed';
  return asked.kind === 'level' && isDane(asked.level) ? 'no usable TLSA records' : `the level is ${level}`;
}

/** Here nothing but unsigned MX records can be in the way. */
const byMx: ReadonlySet<EffectiveLevel> = new Set(['half-dane', 'verify', 'secure']);
