import type { EffectiveLevel } from '../levels/levels.ts';
import type { HostPolicy } from './host-policy.ts';

/** The policy of a host for mail that requires TLS: it stays what it is, or the host is out of the question (RFC 8689 §4.2.1). */
export function requiringTls(policy: HostPolicy, host: string): HostPolicy {
  if (policy.kind === 'skip' || policy.authenticates === true) return policy;
  const why = doubts[policy.level] ?? 'no usable TLSA records';
  return {
    kind: 'skip',
    reason: `REQUIRETLS is required, but host ${host} cannot be authenticated: ${why}`,
    dsn: '4.7.10',
    fault: 'not authenticated',
    warnings: [],
  };
}

const doubts: Partial<Record<EffectiveLevel, string>> = {
  'half-dane': 'the MX records are not signed',
  verify: 'the MX records are not signed',
};
