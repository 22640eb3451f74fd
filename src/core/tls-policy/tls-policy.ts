import { createHash } from 'node:crypto';
import { referenceText } from '../dane/names.ts';
import { screen } from '../dane/tlsa.ts';
import { isHostName } from '../dns/name.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { Login } from '../sasl/login.ts';
import { requiresMatch, requiresTls } from '../levels/levels.ts';
import type { EffectiveLevel, InsecureMxPolicy } from '../levels/levels.ts';
import type { HostPolicy, SkippedHost, UsableHost } from './host-policy.ts';
import { matchNames } from './match-names.ts';
import type { AskedPolicy, PolicyEntry } from './policy-entry.ts';
import { referenceNames } from './reference-names.ts';
import type { NameFacts } from './reference-names.ts';
import { hostSts, policyTrouble, type StsWish } from '../sts/host-sts.ts';
import type { HostSts, StsFinding } from '../sts/sts-finding.ts';
import type { TlsParameters, TlsVersion } from './tls-parameters.ts';
import type { TlsSettings } from './tls-settings.ts';
import type { TlsaFailed, TlsaFinding, TlsaFound } from './tlsa-lookup.ts';

/** What is known of a host before anybody asks for its TLSA records. */
export interface PolicyFacts extends NameFacts {
  readonly asked: PolicyEntry;
  readonly settings: TlsSettings;
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** TLS from the first octet (RFC 8314 §3.3). */
  readonly wrapper?: boolean;
  /** Who we are to this host. */
  readonly login?: Login;
  /** As the MX record lists it. */
  readonly host: string;
  readonly port: number;
}

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
function leavesRoomForSts({ asked, settings }: PolicyFacts, policy: HostPolicy): policy is UsableHost {
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

function unusableFallback(host: string, port: number): string {
  return `${host}:${port}: all TLSA records unusable, fallback to unauthenticated TLS`;
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
      return asked.general === true ? policy : { ...policy, unasked: true };
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

type Judged = Pick<
  UsableHost,
  | 'tlsa'
  | 'digests'
  | 'referenceNames'
  | 'fingerprints'
  | 'authorities'
  | 'serverName'
  | 'published'
  | 'warnings'
  | 'authenticates'
>;

/** A policy from what the level has its host judged by, and what is asked for at every level. */
function usableHost(
  facts: PolicyFacts,
  asked: AskedPolicy,
  level: EffectiveLevel,
  judged: Partial<Judged>,
): UsableHost {
  const { serverName = serverNameOf(facts, asked), ...rest } = judged;
  const policy = {
    kind: 'use',
    level,
    tlsa: [],
    referenceNames: [],
    warnings: [],
    ...(proving.has(level) && { authenticates: true }),
    ...rest,
    tls: parametersOf(facts.settings, asked, level),
    ...(serverName !== '' && { serverName }),
    ...(facts.wrapper === true && { wrapper: true }),
    ...(facts.login !== undefined && { login: facts.login }),
    ...(asked.connectionReuse !== undefined && { connectionReuse: asked.connectionReuse }),
  } as const;
  return { ...policy, key: keyOf(policy, facts.port) };
}

/**
 * Where the name of the host is beyond doubt, as well as the host: signed, vouched for by the domain, or of no account
 * because the operator knows the certificate (RFC 8689 §4.2.1). At `verify` and `secure` it depends.
 */
const proving: ReadonlySet<EffectiveLevel> = new Set(['dane', 'dane-only', 'sts', 'fingerprint']);

/** RFC 7672 §8.1 asks for SNI where DANE is in use; elsewhere it is the operator's wish. */
function serverNameOf({ settings, host, nextHop }: PolicyFacts, asked: AskedPolicy): string {
  const wish = asked.serverName ?? settings.serverName;
  if (wish === 'hostname') return host;
  return wish === 'nexthop' ? nextHop : wish;
}

/** As the level came out: a `dane` destination without TLSA records is spoken to as one at `may`. */
function parametersOf(settings: TlsSettings, asked: AskedPolicy, level: EffectiveLevel): TlsParameters {
  const usual = requiresTls(level) ? settings.mandatory : settings.opportunistic;
  const versions = asked.versions ?? usual.versions;
  return {
    versions: level === 'sts' ? withoutOldVersions(versions) : versions,
    ciphers: asked.ciphers ?? usual.ciphers,
    exclude: asked.exclude ?? usual.exclude,
  };
}

/** RFC 8461 §7.2: TLS 1.2 or newer. */
function withoutOldVersions(versions: readonly TlsVersion[]): readonly TlsVersion[] {
  return versions.filter((version) => version === 'TLSv1.2' || version === 'TLSv1.3');
}

/** Everything that a session is made by, but not the warnings. Host and address are the session's own. */
function keyOf(policy: Omit<UsableHost, 'key'>, port: number): string {
  const { level, tlsa, digests, referenceNames: names, fingerprints, authorities, tls, serverName } = policy;
  // A session in our name serves only mail that would be sent in that name.
  const login = policy.login === undefined ? [] : [`as ${policy.login.id}`];
  if (level === 'none') return [port, level, ...login].join(' / ');
  return [
    port,
    level,
    serverName ?? '',
    names.map(referenceText).join(','),
    tlsa.length === 0 ? '' : digestOf(tlsa),
    (digests ?? []).join(','),
    fingerprints === undefined ? '' : `${fingerprints.digest} ${fingerprints.values.toSorted().join('|')}`,
    // Elsewhere authorities make no difference but in the log.
    requiresMatch(level) ? (authorities?.id ?? '') : '',
    `${tls.versions.join(',')} ${tls.ciphers} ${tls.exclude.join(',')}`,
    String(policy.connectionReuse ?? ''),
    ...(policy.wrapper === true ? ['wrapper'] : []),
    ...login,
  ].join(' / ');
}

function skip(
  fault: SkippedHost['fault'],
  reason: string,
  warnings: readonly string[] = [],
  evidence: Pick<SkippedHost, 'published' | 'failed'> = {},
): SkippedHost {
  return { kind: 'skip', reason, dsn: '4.7.5', fault, warnings, ...evidence };
}

function lookupWarning({ name, type, detail }: TlsaFailed): string {
  return type === 'TLSA'
    ? `DANE TLSA lookup problem: Name service error for name=${name} type=TLSA: ${detail}`
    : `DNSSEC status lookup error for ${name}: ${detail}`;
}

/** The same for the same records in any order. */
function digestOf(records: readonly TlsaRecord[]): string {
  const texts = records.map(
    ({ usage, selector, matching, data }) =>
      `${usage} ${selector} ${matching} ${Buffer.from(data).toString('hex')}`,
  );
  return createHash('sha256')
    .update([...new Set(texts)].sort().join('\n'))
    .digest('hex');
}
