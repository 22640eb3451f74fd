import { createHash } from 'node:crypto';
import { referenceText } from '../dane/names.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { requiresMatch, requiresTls, type EffectiveLevel } from '../levels/levels.ts';
import type { SkippedHost, UsableHost } from './host-policy.ts';
import type { AskedPolicy } from './policy-entry.ts';
import type { PolicyFacts } from './policy-facts.ts';
import type { TlsParameters, TlsVersion } from './tls-parameters.ts';
import type { TlsSettings } from './tls-settings.ts';

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
export function usableHost(
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
export function withoutOldVersions(versions: readonly TlsVersion[]): readonly TlsVersion[] {
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

/** No mail for a host; it is tried again later. */
export function skip(
  fault: SkippedHost['fault'],
  reason: string,
  warnings: readonly string[] = [],
  evidence: Pick<SkippedHost, 'published' | 'failed'> = {},
): SkippedHost {
  return { kind: 'skip', reason, dsn: '4.7.5', fault, warnings, ...evidence };
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
