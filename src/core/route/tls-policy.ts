import { createHash } from 'node:crypto';
import { screen } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { HostPolicy, SkippedHost, UsableHost } from './host-policy.ts';
import type { InsecureMxPolicy, SecurityLevel } from './levels.ts';
import { referenceNames } from './reference-names.ts';
import type { NameFacts } from './reference-names.ts';
import type { TlsaFailed, TlsaFinding, TlsaFound } from './tlsa-lookup.ts';

/** What is known of a host before anybody asks for its TLSA records. */
export interface PolicyFacts extends NameFacts {
  /** Asked for by the operator; `invalid`: what he asked for cannot be read. */
  readonly level: SecurityLevel | 'invalid';
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** As the MX record lists it. */
  readonly host: string;
  readonly port: number;
}

/**
 * How to speak to one mail host (RFC 7672 §2.2, §6), or why not to.
 *
 * @param findTlsa called only if its answer makes a difference
 */
export async function hostPolicy(
  facts: PolicyFacts,
  findTlsa: () => Promise<TlsaFinding>,
): Promise<HostPolicy> {
  return policyWithoutTlsa(facts) ?? policyWithTlsa(facts, await findTlsa());
}

/** The policy where TLSA records make no difference; undefined where they do. */
export function policyWithoutTlsa({ level, insecureMxPolicy, mx }: PolicyFacts): HostPolicy | undefined {
  switch (level) {
    case 'none':
    case 'may':
    case 'encrypt':
      return unauthenticated(level);
    case 'invalid':
      return skip('client TLS configuration problem');
    case 'dane':
      // RFC 7672 §2.2.1: nobody knows whether a host that unsigned MX records name is the right one.
      return mx === 'insecure' && insecureMxPolicy === 'may' ? unauthenticated('may') : undefined;
    case 'dane-only':
      return mx === 'insecure' ? skip('non DNSSEC destination') : undefined;
  }
}

/** The policy at `dane` and `dane-only` by what the lookup of TLSA records came to. */
export function policyWithTlsa(facts: PolicyFacts, tlsa: TlsaFinding): HostPolicy {
  switch (tlsa.kind) {
    case 'failed':
      // RFC 7672 §2.1.2: never a reason to do without DANE, whatever the level.
      return skip(`TLSA lookup error for ${facts.host}:${facts.port}`, [lookupWarning(tlsa)]);
    case 'none':
      return facts.level === 'dane-only' ? skip('no TLSA records found') : unauthenticated('may');
    case 'records':
      return policyByRecords(facts, tlsa);
  }
}

function policyByRecords(facts: PolicyFacts, { baseDomain, owner, records }: TlsaFound): HostPolicy {
  const { level, mx, insecureMxPolicy, host, port } = facts;
  const { usable, warnings } = screen(records, owner);
  if (usable.length === 0) {
    // RFC 7672 §2.2, RFC 7671 §10.3: TLS without authentication, or at `dane-only` no connection at all.
    if (level === 'dane-only') return skip('TLSA records unusable', warnings);
    const fallback = `${host}:${port}: all TLSA records unusable, fallback to unauthenticated TLS`;
    return unauthenticated('encrypt', [...warnings, fallback]);
  }
  if (mx === 'insecure' && insecureMxPolicy === 'encrypt') return unauthenticated('encrypt', warnings);
  const names = referenceNames(baseDomain, facts);
  // RFC 7672 §2.2.1: what unsigned MX records led to is never shown as secure, so it is a level of its own.
  const effective = mx === 'insecure' ? 'half-dane' : level === 'dane-only' ? 'dane-only' : 'dane';
  return {
    kind: 'use',
    level: effective,
    tlsa: usable,
    referenceNames: names,
    serverName: baseDomain,
    warnings,
    key: [effective, baseDomain, names.join(','), digestOf(usable)].join(' '),
  };
}

/** RFC 7672 §8.1 asks for SNI where DANE is in use; elsewhere none is sent. */
function unauthenticated(level: 'none' | 'may' | 'encrypt', warnings: readonly string[] = []): UsableHost {
  return { kind: 'use', level, tlsa: [], referenceNames: [], warnings, key: level };
}

function skip(reason: string, warnings: readonly string[] = []): SkippedHost {
  return { kind: 'skip', reason, dsn: '4.7.5', warnings };
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
