import { screen } from '../dane/tlsa.ts';
import { isHostName } from '../dns/name.ts';
import { requiresTls } from '../levels/levels.ts';
import { skip, usableHost } from './host-by-level.ts';
import type { HostPolicy, UsableHost } from './host-policy.ts';
import { matchNames } from './match-names.ts';
import type { AskedPolicy } from './policy-entry.ts';
import type { PolicyFacts } from './policy-facts.ts';
import { referenceNames } from './reference-names.ts';
import type { StsFinding } from '../sts/sts-finding.ts';
import { leavesRoomForSts, policyWithSts, stsWish, unusableFallback } from './sts-policy.ts';
import type { TlsaFailed, TlsaFinding, TlsaFound } from './tlsa-lookup.ts';

/**
 * How to speak to one mail host (RFC 7672 §2.2, §6), or why not to.
 *
 * @param findTlsa called only if its answer makes a difference
 * @param findSts the same; absent where the destination can have no MTA-STS policy
 */
export async function hostPolicy(
  facts: PolicyFacts,
  findTlsa: () => Promise<TlsaFinding>,
  findSts?: () => Promise<StsFinding>,
): Promise<HostPolicy> {
  const policy = policyWithoutTlsa(facts) ?? policyWithTlsa(facts, await findTlsa());
  return findSts !== undefined && leavesRoomForSts(facts, policy)
    ? policyWithSts(facts, policy, await findSts())
    : policy;
}

/** The policy where TLSA records make no difference; undefined where they do. */
export function policyWithoutTlsa(facts: PolicyFacts): HostPolicy | undefined {
  const { asked, insecureMxPolicy, mx } = facts;
  if (asked.kind === 'invalid') return skip('settings', 'client TLS configuration problem');
  switch (asked.level) {
    case 'none':
      return unauthenticated(facts, asked, asked.level);
    case 'may':
    case 'encrypt': {
      const policy = unauthenticated(facts, asked, asked.level);
      return asked.general === true ? policy : { ...policy, perDestination: true };
    }
    case 'fingerprint':
      return byFingerprint(facts, asked);
    case 'verify':
    case 'secure':
      return byAuthority(facts, asked, asked.level);
    case 'dane':
      // RFC 7672 §2.2.1: nobody knows whether a host that unsigned MX records name is the right one.
      return mx === 'insecure' && insecureMxPolicy === 'may'
        ? unauthenticated(facts, asked, 'may')
        : undefined;
    case 'dane-only':
      return mx === 'insecure' ? skip('unsigned', 'non DNSSEC destination') : undefined;
  }
}

/**
 * The policy for mail that wishes that neither TLSA records nor MTA-STS count (RFC 8689 §3); undefined where they would not decide anyway,
 * or where the operator has a say of his own about the destination.
 */
export function loweredPolicy(facts: PolicyFacts): UsableHost | undefined {
  const { asked, settings } = facts;
  if (asked.kind === 'invalid' || asked.general !== true) return undefined;
  const { level } = asked;
  const isOfDomain = level === 'dane' || stsWish(asked, settings) === 'enforce';
  if (!isOfDomain || (level !== 'dane' && level !== 'may' && level !== 'encrypt')) return undefined;
  const spoken = level === 'encrypt' ? level : 'may';
  const policy = unauthenticated(facts, { ...asked, level: spoken }, spoken);
  const initial = level === 'dane' ? { initial: level } : {};
  return { ...policy, ...initial, lowered: true, key: `${policy.key} by TLS-Required` };
}

/** The policy at `dane` and `dane-only` by what the lookup of TLSA records came to. */
export function policyWithTlsa(facts: PolicyFacts, tlsa: TlsaFinding): HostPolicy {
  const { asked, host, port } = facts;
  if (asked.kind === 'invalid') return skip('settings', 'client TLS configuration problem');
  switch (tlsa.kind) {
    case 'failed':
      // RFC 7672 §2.1.2: never a reason to do without DANE, whatever the level.
      return skip(
        tlsa.cause === 'unreachable' ? 'resolver' : 'TLSA lookup',
        `TLSA lookup error for ${host}:${port}`,
        [lookupWarning(tlsa)],
        { failed: tlsa },
      );
    case 'none':
      return asked.level === 'dane-only'
        ? skip('no TLSA records', 'no TLSA records found')
        : unauthenticated(facts, asked, 'may');
    case 'records':
      return policyByRecords(facts, asked, tlsa);
  }
}

function policyByRecords(
  facts: PolicyFacts,
  asked: AskedPolicy,
  { baseDomain, owner, records }: TlsaFound,
): HostPolicy {
  const { mx, insecureMxPolicy, host, port, settings } = facts;
  const { usable, warnings } = screen(records, owner, settings.daneDigests);
  const published = { baseDomain, records };
  if (usable.length === 0) {
    // RFC 7672 §2.2, RFC 7671 §10.3: TLS without authentication, or at `dane-only` no connection at all.
    if (asked.level === 'dane-only')
      return skip('unusable TLSA records', 'TLSA records unusable', warnings, { published });
    const all = [...warnings, unusableFallback(host, port)];
    return {
      ...unauthenticated(facts, asked, 'encrypt', all),
      initial: 'dane',
      published,
    };
  }
  if (mx === 'insecure' && insecureMxPolicy === 'encrypt') {
    return unauthenticated(facts, asked, 'encrypt', warnings);
  }
  // RFC 7672 §2.2.1: what unsigned MX records led to is never shown as secure, so it is a level of its own.
  const level = mx === 'insecure' ? 'half-dane' : asked.level === 'dane-only' ? 'dane-only' : 'dane';
  return usableHost(facts, asked, level, {
    tlsa: usable,
    digests: settings.daneDigests,
    referenceNames: referenceNames(baseDomain, facts),
    // RFC 7672 §8.1: whatever name the operator would have sent. RFC 6066 §3 has none but names of hosts there.
    serverName: isHostName(baseDomain) ? baseDomain : '',
    published,
    warnings,
  });
}

function unauthenticated(
  facts: PolicyFacts,
  asked: AskedPolicy,
  level: 'none' | 'may' | 'encrypt',
  warnings: readonly string[] = [],
): UsableHost {
  const { authorities, namesTrusted } = facts.settings;
  // RFC 8314 §3.3: where TLS comes first there is nothing to fall back to. A host that knows us by a password is
  // spoken to in clear only where the operator says so.
  const wanted = facts.wrapper === true || (facts.login !== undefined && level === 'may');
  const spoken = wanted && !requiresTls(level) ? 'encrypt' : level;
  return usableHost(facts, asked, spoken, { warnings, ...(namesTrusted && { authorities }) });
}

function byFingerprint(facts: PolicyFacts, asked: AskedPolicy): UsableHost {
  const { digest, values } = facts.settings.fingerprints;
  return usableHost(facts, asked, 'fingerprint', {
    fingerprints: { digest, values: asked.fingerprints ?? values },
  });
}

function byAuthority(facts: PolicyFacts, asked: AskedPolicy, level: 'verify' | 'secure'): UsableHost {
  const { verifyCertMatch, secureCertMatch, authorities } = facts.settings;
  const words = asked.match ?? (level === 'verify' ? verifyCertMatch : secureCertMatch);
  // A certificate for the name in an MX record proves no more than the record does.
  const isProof = facts.mx !== 'insecure' || (level === 'secure' && !words.includes('hostname'));
  return usableHost(facts, asked, level, {
    ...(isProof && { authenticates: true }),
    referenceNames: matchNames(words, facts),
    ...(asked.anchors === undefined ? { authorities } : { tlsa: asked.anchors }),
  });
}

function lookupWarning({ name, type, detail }: TlsaFailed): string {
  return type === 'TLSA'
    ? `DANE TLSA lookup problem: Name service error for name=${name} type=TLSA: ${detail}`
    : `DNSSEC status lookup error for ${name}: ${detail}`;
}
