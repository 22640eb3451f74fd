import { describe, expect, test } from 'vitest';
import { makeAuthority, pemOf } from '../../../test/support/test-ca.ts';
import { usualSettings, usualTls } from '../../../test/support/tls-settings.ts';
import { readAuthorities } from '../dane/authorities.ts';
import type { DaneDigest } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { Login } from '../sasl/login.ts';
import type { InsecureMxPolicy, SecurityLevel } from '../levels/levels.ts';
import type { HostPolicy, UsableHost } from './host-policy.ts';
import type { AskedPolicy } from './policy-entry.ts';
import type { PolicyFacts } from './policy-facts.ts';
import { requiringTls } from './requiring-tls.ts';
import { hostPolicy, loweredPolicy, policyWithTlsa, policyWithoutTlsa } from './tls-policy.ts';
import { tlsVersions } from './tls-parameters.ts';
import type { TlsSettings } from './tls-settings.ts';
import type { TlsaFinding } from './tlsa-lookup.ts';

const usable: TlsaRecord = { usage: 3, selector: 1, matching: 1, data: Buffer.alloc(32, 7) };
const anchor: TlsaRecord = { usage: 2, selector: 0, matching: 1, data: Buffer.alloc(32, 8) };
const pkix: TlsaRecord = { ...usable, usage: 1 };
const short: TlsaRecord = { ...usable, data: Buffer.alloc(31) };
const owner = '_25._tcp.mx.test';

const found = (...records: readonly TlsaRecord[]): TlsaFinding => ({
  kind: 'records',
  baseDomain: 'mx.test',
  owner,
  records,
  ttl: 60,
});

const findings = {
  usable: found(usable),
  mixed: found(pkix, usable),
  'PKIX only': found(pkix),
  'malformed only': found(short),
  none: { kind: 'none', reason: 'no TLSA records' },
  'unsigned TLSA': { kind: 'none', reason: 'TLSA records not signed' },
  'unsigned address': { kind: 'none', reason: 'address not signed' },
  'unsigned alias': { kind: 'none', reason: 'alias not signed' },
  numeric: { kind: 'none', reason: 'numeric host' },
  failed: { kind: 'failed', name: owner, type: 'TLSA', cause: 'SERVFAIL', detail: 'SERVFAIL' },
  'alias failed': { kind: 'failed', name: 'mx.test', type: 'CNAME', cause: 'timeout', detail: 'timed out' },
} as const satisfies Record<string, TlsaFinding>;
type FindingName = keyof typeof findings | 'not asked';

type Level = SecurityLevel | 'invalid';

function facts(
  level: Level,
  mx: PolicyFacts['mx'],
  insecureMxPolicy: InsecureMxPolicy = 'dane',
): PolicyFacts {
  return {
    asked: level === 'invalid' ? { kind: 'invalid', reason: 'unread' } : { kind: 'level', level },
    settings: usualSettings,
    mx,
    insecureMxPolicy,
    nextHop: 'a.test',
    expandedNextHop: 'a.test',
    host: 'mx.test',
    port: 25,
  };
}

/** The level of a host that is used, the reason for one that is not. */
function word(policy: HostPolicy): string {
  return policy.kind === 'use' ? policy.level : `${policy.dsn} ${policy.reason}`;
}

function used(policy: HostPolicy): UsableHost {
  if (policy.kind === 'skip') throw new Error(policy.reason);
  return policy;
}

test.each(['may', 'encrypt'] as const)(
  'nobody has looked for TLSA records where an entry of its own or an exception says %s',
  async (level) => {
    const notAsked = () => Promise.reject(new Error('asked'));
    const own = facts(level, 'secure');
    const general = { ...own, asked: { kind: 'level', level, general: true } } as const;
    expect(used(await hostPolicy(own, notAsked)).perDestination).toBe(true);
    expect(used(await hostPolicy(general, notAsked))).not.toHaveProperty('perDestination');
    const dane = used(await hostPolicy(facts('dane', 'secure'), async () => findings.none));
    expect(dane).not.toHaveProperty('perDestination');
  },
);

const lookupError = '4.7.5 TLSA lookup error for mx.test:25';
const nothingFound = '4.7.5 no TLSA records found';
const unusable = '4.7.5 TLSA records unusable';
const unsigned = '4.7.5 non DNSSEC destination';

describe('what mail asks of TLS (RFC 8689)', () => {
  test.each<readonly [SecurityLevel, PolicyFacts['mx'], keyof typeof findings, true | undefined]>([
    ['dane', 'secure', 'usable', true],
    ['dane', 'none', 'usable', true],
    ['dane-only', 'secure', 'usable', true],
    ['dane', 'insecure', 'usable', undefined],
    ['dane', 'secure', 'none', undefined],
    ['dane', 'secure', 'PKIX only', undefined],
    ['none', 'secure', 'none', undefined],
    ['may', 'secure', 'none', undefined],
    ['encrypt', 'secure', 'none', undefined],
    ['fingerprint', 'insecure', 'none', true],
    ['secure', 'insecure', 'none', true],
    ['verify', 'secure', 'none', true],
    ['verify', 'none', 'none', true],
    ['verify', 'insecure', 'none', undefined],
  ])('at %s with MX %s and TLSA %s, the host is authenticated: %s', async (level, mx, tlsa, expected) => {
    const policy = used(await hostPolicy(facts(level, mx), async () => findings[tlsa]));
    expect(policy.authenticates).toBe(expected);
    const required = requiringTls(policy, 'mx.test', facts(level, mx).asked);
    expect(required.kind).toBe(expected ? 'use' : 'skip');
    if (expected) expect(required).toBe(policy);
    else expect(required).toMatchObject({ dsn: '4.7.10', fault: 'not authenticated' });
  });

  test.each([
    [['nexthop', 'dot-nexthop'], 'insecure', true],
    [['mx.test'], 'insecure', true],
    [['nexthop', 'hostname'], 'insecure', undefined],
    [['hostname'], 'secure', true],
    [['hostname'], 'none', true],
  ] as const)('at secure with match=%s and MX %s the host is authenticated: %s', (match, mx, expected) => {
    const asked = { kind: 'level', level: 'secure', match } as const;
    const entry = policyWithoutTlsa({ ...facts('secure', mx), asked });
    const settings = { ...usualSettings, secureCertMatch: match };
    const general = policyWithoutTlsa({ ...facts('secure', mx), settings });
    for (const policy of [entry, general]) {
      const { authenticates } = policy?.kind === 'use' ? policy : {};
      expect(authenticates).toBe(expected);
    }
  });

  test.each([
    ['may', 'secure', 'none', 'the level is may'],
    ['encrypt', 'insecure', 'none', 'the level is encrypt'],
    ['none', 'secure', 'none', 'the level is none'],
    ['dane', 'secure', 'none', 'no usable TLSA records'],
    ['dane', 'insecure', 'usable', 'the MX records are not signed'],
    ['verify', 'insecure', 'none', 'the MX records are not signed'],
  ] as const)(
    'at %s with MX %s and TLSA %s mail that requires TLS hears: %s',
    async (level, mx, tlsa, why) => {
      const given = facts(level, mx);
      const policy = await hostPolicy(given, async () => findings[tlsa]);
      const reason = `REQUIRETLS is required, but host mx.test cannot be authenticated: ${why}`;
      expect(requiringTls(policy, 'mx.test', given.asked)).toMatchObject({ reason });
    },
  );

  test('a host that policy rules out already is ruled out for its own reason', () => {
    const skipped = policyWithTlsa(facts('dane', 'secure'), findings.failed);
    expect(requiringTls(skipped, 'mx.test', facts('dane', 'secure').asked)).toBe(skipped);
  });

  const general = (level: SecurityLevel): PolicyFacts => ({
    ...facts(level, 'secure'),
    asked: { kind: 'level', level, general: true },
  });

  test('"TLS-Required: No" has dane for all count as may, in sessions of its own', () => {
    const lowered = loweredPolicy(general('dane'));
    expect(lowered).toMatchObject({ level: 'may', initial: 'dane', lowered: true, tlsa: [] });
    expect(lowered?.authenticates).toBeUndefined();
    expect(lowered?.key).not.toBe(used(policyWithTlsa(general('dane'), findings.none)).key);
  });

  test.each<[string, PolicyFacts]>([
    ['an entry for the destination', facts('dane', 'secure')],
    ['an entry that cannot be read', facts('invalid', 'secure')],
    ...(['none', 'may', 'encrypt', 'dane-only', 'fingerprint', 'verify', 'secure'] as const).map(
      (level): [string, PolicyFacts] => [`${level} for all`, general(level)],
    ),
  ])('it changes nothing at %s', (_, given) => {
    expect(loweredPolicy(given)).toBeUndefined();
  });

  test.each([
    ['may', 'enforce', 'may'],
    ['encrypt', 'enforce', 'encrypt'],
    ['may', 'off', undefined],
    ['dane', 'off', 'may'],
  ] as const)('at %s with MTA-STS %s, MTA-STS does not count either: %s', (level, mtaSts, expected) => {
    const asked = { kind: 'level', level, general: true, mtaSts } as const;
    expect(loweredPolicy({ ...facts(level, 'secure'), asked })?.level).toBe(expected);
  });

  test('it leaves TLS from the first octet, and a password, encrypted', () => {
    expect(loweredPolicy({ ...general('dane'), wrapper: true })?.level).toBe('encrypt');
  });
});

describe('hostPolicy(): level x MX x TLSA', () => {
  /** Level, unsigned-MX policy, MX, TLSA (`not asked`: a query would be a fault), level of the host or reason and code. */
  type Row = readonly [Level, InsecureMxPolicy, PolicyFacts['mx'], FindingName, string];

  test.each<Row>([
    // Levels that have no use for TLSA
    ['none', 'dane', 'secure', 'not asked', 'none'],
    ['none', 'dane', 'insecure', 'not asked', 'none'],
    ['may', 'dane', 'secure', 'not asked', 'may'],
    ['may', 'dane', 'none', 'not asked', 'may'],
    ['encrypt', 'dane', 'secure', 'not asked', 'encrypt'],
    ['encrypt', 'dane', 'insecure', 'not asked', 'encrypt'],
    ['invalid', 'dane', 'secure', 'not asked', '4.7.5 client TLS configuration problem'],
    ['invalid', 'dane', 'insecure', 'not asked', '4.7.5 client TLS configuration problem'],

    // dane, signed MX
    ['dane', 'dane', 'secure', 'usable', 'dane'],
    ['dane', 'dane', 'secure', 'mixed', 'dane'],
    ['dane', 'dane', 'secure', 'PKIX only', 'encrypt'],
    ['dane', 'dane', 'secure', 'malformed only', 'encrypt'],
    ['dane', 'dane', 'secure', 'none', 'may'],
    ['dane', 'dane', 'secure', 'unsigned TLSA', 'may'],
    ['dane', 'dane', 'secure', 'unsigned address', 'may'],
    ['dane', 'dane', 'secure', 'unsigned alias', 'may'],
    ['dane', 'dane', 'secure', 'numeric', 'may'],
    ['dane', 'dane', 'secure', 'failed', lookupError],
    ['dane', 'dane', 'secure', 'alias failed', lookupError],
    // The policy for unsigned MX says nothing about signed ones
    ['dane', 'may', 'secure', 'usable', 'dane'],
    ['dane', 'encrypt', 'secure', 'usable', 'dane'],

    // dane, no MX
    ['dane', 'dane', 'none', 'usable', 'dane'],
    ['dane', 'may', 'none', 'usable', 'dane'],
    ['dane', 'dane', 'none', 'PKIX only', 'encrypt'],
    ['dane', 'dane', 'none', 'none', 'may'],
    ['dane', 'dane', 'none', 'failed', lookupError],

    // dane, unsigned MX
    ['dane', 'dane', 'insecure', 'usable', 'half-dane'],
    ['dane', 'dane', 'insecure', 'mixed', 'half-dane'],
    ['dane', 'dane', 'insecure', 'PKIX only', 'encrypt'],
    ['dane', 'dane', 'insecure', 'none', 'may'],
    ['dane', 'dane', 'insecure', 'unsigned address', 'may'],
    ['dane', 'dane', 'insecure', 'failed', lookupError],
    ['dane', 'encrypt', 'insecure', 'usable', 'encrypt'],
    ['dane', 'encrypt', 'insecure', 'PKIX only', 'encrypt'],
    ['dane', 'encrypt', 'insecure', 'none', 'may'],
    ['dane', 'encrypt', 'insecure', 'failed', lookupError],
    ['dane', 'may', 'insecure', 'not asked', 'may'],

    // dane-only never settles for less
    ['dane-only', 'dane', 'secure', 'usable', 'dane-only'],
    ['dane-only', 'dane', 'secure', 'mixed', 'dane-only'],
    ['dane-only', 'dane', 'none', 'usable', 'dane-only'],
    ['dane-only', 'dane', 'secure', 'PKIX only', unusable],
    ['dane-only', 'dane', 'secure', 'malformed only', unusable],
    ['dane-only', 'dane', 'secure', 'none', nothingFound],
    ['dane-only', 'dane', 'secure', 'unsigned TLSA', nothingFound],
    ['dane-only', 'dane', 'secure', 'unsigned address', nothingFound],
    ['dane-only', 'dane', 'none', 'unsigned alias', nothingFound],
    ['dane-only', 'dane', 'none', 'numeric', nothingFound],
    ['dane-only', 'dane', 'secure', 'failed', lookupError],
    ['dane-only', 'dane', 'insecure', 'not asked', unsigned],
    ['dane-only', 'encrypt', 'insecure', 'not asked', unsigned],
    ['dane-only', 'may', 'insecure', 'not asked', unsigned],
  ])('%s, unsigned MX %s; MX %s, TLSA %s: %s', async (level, insecureMxPolicy, mx, finding, expected) => {
    const given = facts(level, mx, insecureMxPolicy);
    const policy = await hostPolicy(given, () => {
      if (finding === 'not asked') throw new Error('a query for TLSA');
      return Promise.resolve(findings[finding]);
    });
    expect(word(policy)).toBe(expected);
    expect(policyWithoutTlsa(given) === undefined).toBe(finding !== 'not asked');
  });
});

describe('policyWithTlsa(): what goes with the level', () => {
  test('dane: the usable records, the names, SNI', () => {
    expect(policyWithTlsa(facts('dane', 'secure'), found(pkix, usable, anchor))).toMatchObject({
      kind: 'use',
      tlsa: [usable, anchor],
      referenceNames: ['mx.test', 'a.test'],
      serverName: 'mx.test',
      warnings: [`${owner} unsupported TLSA certificate usage: 1 1 1 ${'07'.repeat(32)}`],
    });
  });

  test('half-dane: the base domain is the only name', () => {
    const policy = used(policyWithTlsa(facts('dane', 'insecure'), found(anchor)));
    expect(policy.referenceNames).toEqual(['mx.test']);
    expect(policy.serverName).toBe('mx.test');
  });

  test('SNI and names follow the base domain, not the host as listed', () => {
    const finding: TlsaFinding = {
      kind: 'records',
      baseDomain: 'target.test',
      owner,
      records: [anchor],
      ttl: 60,
    };
    const policy = used(policyWithTlsa(facts('dane', 'secure'), finding));
    expect(policy.serverName).toBe('target.test');
    expect(policy.referenceNames).toEqual(['target.test', 'a.test']);
  });

  test.each(['*.hoster.test', String.raw`a\046b.hoster.test`])(
    'a base domain that no host can be called is not said in SNI, nor wanted in a certificate: %s',
    (baseDomain) => {
      const finding: TlsaFinding = { kind: 'records', baseDomain, owner, records: [anchor], ttl: 60 };
      const policy = used(policyWithTlsa(facts('dane', 'secure'), finding));
      expect(policy).toMatchObject({ level: 'dane', referenceNames: ['a.test'] });
      expect(policy).not.toHaveProperty('serverName');
    },
  );

  test.each<[string, PolicyFacts, TlsaFinding]>([
    ['may', facts('dane', 'secure'), findings.none],
    ['encrypt for unusable records', facts('dane', 'secure'), findings['PKIX only']],
    ['encrypt for unsigned MX', facts('dane', 'insecure', 'encrypt'), findings.usable],
  ])('%s: no records, no names, no SNI', (_, given, finding) => {
    const policy = used(policyWithTlsa(given, finding));
    expect(policy).toMatchObject({ tlsa: [], referenceNames: [] });
    expect(policy).not.toHaveProperty('serverName');
  });

  test('tells the operator what became of the records', () => {
    const ignored = `${owner} unsupported TLSA certificate usage: 1 1 1 ${'07'.repeat(32)}`;
    const fallback = 'mx.test:25: all TLSA records unusable, fallback to unauthenticated TLS';
    expect(policyWithTlsa(facts('dane', 'secure'), findings['PKIX only']).warnings).toEqual([
      ignored,
      fallback,
    ]);
    expect(policyWithTlsa(facts('dane-only', 'secure'), findings['PKIX only']).warnings).toEqual([ignored]);
    expect(policyWithTlsa(facts('dane', 'secure'), findings.usable).warnings).toEqual([]);
  });

  test('tells a resolver that cannot be asked from one that has no answer', () => {
    const nobody = { ...findings.failed, cause: 'unreachable' } as const;
    expect(policyWithTlsa(facts('dane', 'secure'), nobody)).toMatchObject({ fault: 'resolver' });
    expect(policyWithTlsa(facts('dane', 'secure'), findings.failed)).toMatchObject({ fault: 'TLSA lookup' });
  });

  test('tells the operator why a lookup failed', () => {
    expect(policyWithTlsa(facts('dane', 'secure'), findings.failed).warnings).toEqual([
      `DANE TLSA lookup problem: Name service error for name=${owner} type=TLSA: SERVFAIL`,
    ]);
    expect(policyWithTlsa(facts('dane', 'secure'), findings['alias failed']).warnings).toEqual([
      'DNSSEC status lookup error for mx.test: timed out',
    ]);
  });
});

test('policyWithTlsa(): an entry that cannot be read rules the host out', () => {
  for (const finding of Object.values(findings)) {
    expect(policyWithTlsa(facts('invalid', 'secure'), finding)).toEqual({
      kind: 'skip',
      fault: 'settings',
      reason: 'client TLS configuration problem',
      dsn: '4.7.5',
      warnings: [],
    });
  }
});

test('policyWithoutTlsa(): nothing to warn of', () => {
  for (const level of ['none', 'may', 'encrypt', 'fingerprint', 'verify', 'secure'] as const) {
    expect(policyWithoutTlsa(facts(level, 'secure'))).toMatchObject({ kind: 'use', level, warnings: [] });
  }
});

describe('policyWithTlsa(): digests', () => {
  const large: TlsaRecord = { ...usable, matching: 2, data: Buffer.alloc(64, 9) };
  const withDigests = (...daneDigests: DaneDigest[]): PolicyFacts => ({
    ...facts('dane', 'secure'),
    settings: { ...usualSettings, daneDigests },
  });

  test('their order is part of the policy', () => {
    const policy = used(policyWithTlsa(withDigests('sha256', 'sha512'), found(usable, large)));
    expect(policy).toMatchObject({ level: 'dane', tlsa: [usable, large], digests: ['sha256', 'sha512'] });
  });

  test('records with one that is not listed are unusable', () => {
    expect(policyWithTlsa(withDigests('sha512'), found(usable, large))).toMatchObject({
      level: 'dane',
      tlsa: [large],
    });
    expect(policyWithTlsa(withDigests('sha512'), found(usable))).toMatchObject({
      level: 'encrypt',
      tlsa: [],
    });
    const asked = { kind: 'level', level: 'dane-only' } as const;
    expect(policyWithTlsa({ ...withDigests('sha512'), asked }, found(usable))).toMatchObject({
      kind: 'skip',
      reason: 'TLSA records unusable',
    });
  });
});

function loginAs(id: string): Login {
  const rules = { filter: [], clear: [], tls: [], verified: [], softBounce: true };
  return { user: 'u', password: 'p', id, rules };
}

describe('hosts that are never spoken to in clear by accident', () => {
  test.each([
    ['wrapper mode', 'none', { wrapper: true }, 'encrypt'],
    ['wrapper mode', 'may', { wrapper: true }, 'encrypt'],
    ['wrapper mode', 'secure', { wrapper: true }, 'secure'],
    ['a login', 'may', { login: loginAs('1') }, 'encrypt'],
    ['a login', 'fingerprint', { login: loginAs('1') }, 'fingerprint'],
    // The operator's own word.
    ['a login', 'none', { login: loginAs('1') }, 'none'],
  ] as const)('%s at %s', (_, level, part, expected) => {
    const policy = used(policyWithoutTlsa({ ...facts(level, 'none'), ...part }) ?? fail());
    expect(policy).toMatchObject({ level: expected, ...part });
  });

  test('dane without TLSA records', () => {
    const given = { ...facts('dane', 'secure'), login: loginAs('1') };
    expect(policyWithTlsa(given, findings.none)).toMatchObject({ level: 'encrypt' });
    expect(policyWithTlsa(facts('dane', 'secure'), findings.none)).toMatchObject({ level: 'may' });
  });

  test('a session without TLS is not shared by two logins either', () => {
    const keys = [loginAs('1'), loginAs('2'), undefined].map((login) => {
      const given = { ...facts('none', 'secure'), ...(login !== undefined && { login }) };
      return used(policyWithoutTlsa(given) ?? fail()).key;
    });
    expect(new Set(keys).size).toBe(3);
  });
});

describe('key', () => {
  const key = (given: PolicyFacts, finding: TlsaFinding): string => used(policyWithTlsa(given, finding)).key;
  const base = facts('dane', 'secure');

  test('is the same for the same records in any order and number', () => {
    expect(key(base, found(usable, anchor))).toBe(key(base, found(anchor, usable, usable)));
    expect(key(base, found(usable, pkix))).toBe(key(base, found(usable)));
  });

  test.each<[string, PolicyFacts, TlsaFinding]>([
    ['the records', base, found(anchor)],
    ['one record more', base, found(usable, anchor)],
    ['a parameter', base, found({ ...usable, selector: 0 })],
    ['the level', facts('dane-only', 'secure'), found(usable)],
    ['the security of the MX', facts('dane', 'insecure'), found(usable)],
    ['the next hop', { ...base, nextHop: 'b.test' }, found(usable)],
    ['what the next hop expands to', { ...base, expandedNextHop: 'b.test' }, found(usable)],
    ['the port', { ...base, port: 587 }, found(usable)],
    ['the base domain', base, { kind: 'records', baseDomain: 'mx2.test', owner, records: [usable], ttl: 60 }],
    ['DANE at all', base, findings.none],
    ['wrapper mode', { ...base, wrapper: true }, found(usable)],
    ['a login', { ...base, login: loginAs('1') }, found(usable)],
    [
      'the order of digests',
      { ...base, settings: { ...usualSettings, daneDigests: ['sha256', 'sha512'] } },
      found(usable),
    ],
  ])('changes with %s', (_, given, finding) => {
    expect(key(given, finding)).not.toBe(key(base, found(usable)));
  });

  test('changes with the port at level none too', () => {
    const none = facts('none', 'secure');
    const [one, other] = [none, { ...none, port: 587 }].map(
      (each) => used(policyWithoutTlsa(each) ?? fail()).key,
    );
    expect(one).not.toBe(other);
  });

  test('says in one line what a session is made by, and nothing that is not there', () => {
    const none = used(policyWithoutTlsa(facts('none', 'secure')) ?? fail());
    expect(none.key).toBe('25 / none');
    const may = used(policyWithoutTlsa(facts('may', 'secure')) ?? fail());
    expect(may.key).toBe(`25 / may /  /  /  /  /  /  / ${tlsVersions.join(',')} medium  / `);
    const dane = used(policyWithTlsa(base, found(usable)));
    expect(dane.key).toMatch(
      /^25 \/ dane \/ mx\.test \/ mx\.test,a\.test \/ [0-9a-f]{64} \/ sha512,sha256 \/  \/  \/ TLSv1,/,
    );
  });

  test('does not tell a level asked for from one come down to', () => {
    expect(key(base, findings.none)).toBe(used(policyWithoutTlsa(facts('may', 'secure')) ?? fail()).key);
  });
});

const sha256 = (octet: string): string => octet.repeat(32);
const authorities = readAuthorities(pemOf(makeAuthority('CA').der));
const anchors = [{ ...anchor, matching: 0 }];

/** What becomes of an entry of the policy map, where the settings are not the usual ones. */
function policyOf(entry: Omit<AskedPolicy, 'kind'>, settings: Partial<TlsSettings> = {}): UsableHost {
  const base = facts('may', 'secure');
  const asked = { kind: 'level', ...entry } as const;
  return used(policyWithoutTlsa({ ...base, asked, settings: { ...usualSettings, ...settings } }) ?? fail());
}

describe('policyWithoutTlsa(): levels at which the operator knows the host', () => {
  test('fingerprint: the digests of the entry, else those of the settings', () => {
    const settings = { fingerprints: { digest: 'sha512', values: [sha256('a')] } } as const;
    expect(policyOf({ level: 'fingerprint', fingerprints: [sha256('b')] }, settings).fingerprints).toEqual({
      digest: 'sha512',
      values: [sha256('b')],
    });
    expect(policyOf({ level: 'fingerprint' }, settings).fingerprints).toEqual(settings.fingerprints);
  });

  test.each<[string, Omit<AskedPolicy, 'kind'>, unknown]>([
    ['verify', { level: 'verify' }, ['mx.test']],
    ['secure', { level: 'secure' }, ['a.test', { below: 'a.test' }]],
    [
      'verify with names',
      { level: 'verify', match: ['.b.test', 'nexthop'] },
      [{ below: 'b.test' }, 'a.test'],
    ],
    ['secure with a name', { level: 'secure', match: ['hostname'] }, ['mx.test']],
  ])('%s: names and authorities', (_, entry, names) => {
    const policy = policyOf(entry, { authorities });
    expect(policy).toMatchObject({ level: entry.level, tlsa: [], authorities, referenceNames: names });
  });

  test('trust anchors of the entry take the place of the authorities', () => {
    const policy = policyOf({ level: 'secure', anchors }, { authorities });
    expect(policy.tlsa).toBe(anchors);
    expect(policy).not.toHaveProperty('authorities');
  });

  test.each(['may', 'encrypt'] as const)('%s: authorities only for the word in the log', (level) => {
    expect(policyOf({ level }, { authorities })).not.toHaveProperty('authorities');
    expect(policyOf({ level }, { authorities, namesTrusted: true })).toMatchObject({ authorities });
  });
});

describe('policyWithoutTlsa(): what every level has', () => {
  const opportunistic = { versions: ['TLSv1.3'], ciphers: 'high', exclude: ['A'] } as const;

  test.each([
    ['may', opportunistic],
    ['encrypt', usualTls],
    ['fingerprint', usualTls],
    ['verify', usualTls],
  ] as const)('%s: versions and ciphers', (level, tls) => {
    expect(policyOf({ level }, { opportunistic }).tls).toEqual(tls);
  });

  test('what the entry says counts for more, at whatever level comes out', () => {
    const entry = { versions: ['TLSv1.2'], ciphers: 'high', exclude: ['B'] } as const;
    for (const level of ['may', 'secure'] as const) {
      expect(policyOf({ level, ...entry }, { opportunistic }).tls).toEqual(entry);
    }
  });

  test('a dane destination without TLSA records is spoken to as one at may', () => {
    const settings = { ...usualSettings, opportunistic };
    const policy = used(policyWithTlsa({ ...facts('dane', 'secure'), settings }, findings.none));
    expect(policy.tls).toEqual(opportunistic);
  });

  test.each([
    ['', undefined, undefined],
    ['hostname', undefined, 'mx.test'],
    ['nexthop', undefined, 'a.test'],
    ['b.test', undefined, 'b.test'],
    ['b.test', 'hostname', 'mx.test'],
    ['', 'c.test', 'c.test'],
  ])('SNI: %j in the settings and %j in the entry', (serverName, wish, sent) => {
    const entry = { level: 'encrypt', ...(wish === undefined ? {} : { serverName: wish }) } as const;
    expect(policyOf(entry, { serverName }).serverName).toBe(sent);
  });

  test('SNI: at dane the base domain, whatever the operator would send', () => {
    const asked = { kind: 'level', level: 'dane', serverName: 'c.test' } as const;
    const policy = used(policyWithTlsa({ ...facts('dane', 'secure'), asked }, findings.usable));
    expect(policy.serverName).toBe('mx.test');
  });

  test.each<[string, Omit<AskedPolicy, 'kind'>, Partial<TlsSettings>]>([
    ['versions', { level: 'secure', versions: ['TLSv1.3'] }, {}],
    ['ciphers', { level: 'secure', ciphers: 'high' }, {}],
    ['exclusions', { level: 'secure', exclude: ['A'] }, {}],
    ['SNI', { level: 'secure', serverName: 'b.test' }, {}],
    ['names', { level: 'secure', match: ['b.test'] }, {}],
    ['names below', { level: 'secure', match: ['.a.test'] }, {}],
    ['anchors', { level: 'secure', anchors }, {}],
    ['authorities', { level: 'secure' }, { authorities }],
    ['reuse', { level: 'secure', connectionReuse: false }, {}],
    ['the level', { level: 'verify', match: ['nexthop', 'dot-nexthop'] }, {}],
  ])('the key changes with %s', (_, entry, settings) => {
    expect(policyOf(entry, settings).key).not.toBe(policyOf({ level: 'secure' }).key);
  });

  test('the key changes with the fingerprints, and not with their order', () => {
    const keyOf = (...fingerprints: string[]): string => policyOf({ level: 'fingerprint', fingerprints }).key;
    expect(keyOf(sha256('a'), sha256('b'))).toBe(keyOf(sha256('b'), sha256('a')));
    expect(keyOf(sha256('a'))).not.toBe(keyOf(sha256('b')));
  });
});

function fail(): never {
  throw new Error('no policy');
}
