import { hostSts, policyTrouble, type StsWish } from '../sts/host-sts.ts';
import type { HostSts, StsFinding } from '../sts/sts-finding.ts';
import { skip, usableHost, withoutOldVersions } from './host-by-level.ts';
import type { HostPolicy, UsableHost } from './host-policy.ts';
import type { PolicyEntry } from './policy-entry.ts';
import type { PolicyFacts } from './policy-facts.ts';
import type { TlsSettings } from './tls-settings.ts';

/**
 * What is made of the MTA-STS policy of a destination. An entry that the operator has written for it decides alone,
 * unless it says otherwise; `dane` is where MTA-STS belongs, because that level asks for what a domain has published.
 */
export function stsWish(asked: PolicyEntry, { mtaSts }: Pick<TlsSettings, 'mtaSts'>): StsWish {
  if (asked.kind === 'invalid') return 'off';
  return asked.mtaSts ?? (asked.level === 'dane' ? mtaSts : 'off');
}

/**
 * RFC 8461 §2: MTA-STS does not help a host that fails DANE, which is skipped before this is asked. A host that DANE
 * authenticates, the MX records being signed, needs nothing else.
 */
export function leavesRoomForSts({ asked, settings }: PolicyFacts, policy: HostPolicy): policy is UsableHost {
  if (policy.kind === 'skip' || stsWish(asked, settings) === 'off') return false;
  return policy.level === 'may' || policy.level === 'encrypt' || policy.level === 'half-dane';
}

/** The policy of a host that DANE does not decide about alone, by what was found of MTA-STS (RFC 8461 §4, §5). */
export function policyWithSts(facts: PolicyFacts, policy: UsableHost, finding: StsFinding): HostPolicy {
  const decided = decideWithSts(facts, policy, finding);
  const stsTrouble = policyTrouble(finding);
  return stsTrouble === undefined ? decided : { ...decided, stsTrouble };
}

function decideWithSts(facts: PolicyFacts, policy: UsableHost, finding: StsFinding): HostPolicy {
  const { asked, settings, host, port } = facts;
  const wish = stsWish(asked, settings);
  if (asked.kind === 'invalid' || wish === 'off') return policy;
  if (finding.kind === 'failed') {
    return skip('STS unknown', `MTA-STS policy of ${finding.domain} is unknown: ${finding.detail}`);
  }
  const sts = hostSts(finding, host, wish);
  if (sts === undefined) return policy;
  const beside = { sts, stsAuthorities: settings.stsAuthorities() };
  const key = `${policy.key} / ${stsKey(sts)}`;
  if (sts.mode === 'testing') {
    return { ...policy, ...beside, serverName: policy.serverName ?? host, key };
  }
  if (!sts.listed) {
    const reason = `MTA-STS policy of ${sts.domain} does not list this host`;
    return { ...skip('not in STS policy', reason, policy.warnings), sts };
  }
  // RFC 8689 §4.2.1: the policy vouches for the name of the host, as signed MX records would.
  if (policy.level === 'half-dane') {
    const tls = { ...policy.tls, versions: withoutOldVersions(policy.tls.versions) };
    return { ...policy, ...beside, tls, authenticates: true, key };
  }
  const warnings = policy.warnings.map((text) =>
    text === unusableFallback(host, port)
      ? `${host}:${port}: all TLSA records unusable, MTA-STS applies`
      : text,
  );
  const initial = {
    ...(policy.initial !== undefined && { initial: policy.initial }),
    ...(policy.published !== undefined && { published: policy.published }),
  };
  const enforced = usableHost(facts, asked, 'sts', { serverName: host, warnings });
  return { ...enforced, ...initial, ...beside, key: `${enforced.key} / ${stsKey(sts)}` };
}

/** A session that was judged under one policy serves no other: its hosts or its mode may differ. */
function stsKey({ domain, mode, id }: HostSts): string {
  return `sts ${domain} ${mode} ${id}`;
}

/** The warning where TLS is all that is left of DANE. */
export function unusableFallback(host: string, port: number): string {
  return `${host}:${port}: all TLSA records unusable, fallback to unauthenticated TLS`;
}
