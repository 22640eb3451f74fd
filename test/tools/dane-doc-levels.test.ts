import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readAuthorities } from '../../src/core/dane/authorities.ts';
import { judge } from '../../src/core/tls-policy/judge.ts';
import type { TlsaRecord } from '../../src/core/dns/record.ts';
import { isDane, securityLevels, type SecurityLevel } from '../../src/core/levels/levels.ts';
import type { PolicyFacts } from '../../src/core/tls-policy/policy-facts.ts';
import { policyWithoutTlsa, policyWithTlsa } from '../../src/core/tls-policy/tls-policy.ts';
import type { TlsSettings } from '../../src/core/tls-policy/tls-settings.ts';
import { attempt, type Circumstances } from '../regressions/attempt.ts';
import { mx, signedZone, type Zone } from '../regressions/fake-dns.ts';
import { credentials, serverFixture, type Script } from '../scenario/session/scripted-server.ts';
import { call } from '../scenario/session/session-kit.ts';
import {
  day,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  tlsaFor,
  type TestCertificate,
} from '../support/test-ca.ts';
import { usualSettings } from '../support/tls-settings.ts';

/** docs/dane.md says in two tables what each level does in each situation. Each cell of them is done here. */

const text = readFileSync(path.join(import.meta.dirname, '../../docs/dane.md'), 'utf8');
const tables = [...text.matchAll(/^\| situation \|.*\n(?:\|.*\n)+/gm)].map(([table]) => tableIn(table));

interface Table {
  readonly levels: readonly string[];
  /** What is said of a situation, level by level. */
  readonly promised: ReadonlyMap<string, readonly string[]>;
}

function tableIn(markdown: string): Table {
  const [[, ...levels] = [], , ...rows] = markdown
    .trimEnd()
    .split('\n')
    .map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  const situations = rows.filter(([situation = '']) => !situation.startsWith('**'));
  return { levels, promised: new Map(situations.map(([situation = '', ...cells]) => [situation, cells])) };
}

const serve = serverFixture();
const authority = makeAuthority('CA');
const names = ['mx.test', 'mx.x.test'];
const leaf = makeCertificate({ names }, authority);
const past = { notBefore: now - 9 * day, notAfter: now - day };
const unlike = [{ names, ...past }, { names: ['other.test'] }];
/** Each with one thing that usage 3 makes no difference of. */
const alone = [...unlike.map((options) => makeCertificate(options, authority)), makeCertificate({ names })];
const issued = unlike.map((options) => makeCertificate(options, authority));
const foreign = makeCertificate({ names }, makeAuthority('another CA'));
const renewed = makeCertificate({ names }, authority);
const forHost = makeCertificate({ names: ['mx.test'] }, authority);
const forDomain = makeCertificate({ names: ['x.test'] }, authority);
const ee = tlsaFor(leaf, '3 1 1');

/** What an operator knows who has asked all hosts but `renewed`. */
const settings: TlsSettings = {
  ...usualSettings,
  authorities: readAuthorities(pemOf(authority.der)),
  fingerprints: {
    digest: 'sha256',
    values: [leaf, ...alone, ...issued, foreign, forHost, forDomain].map((certificate) =>
      Buffer.from(tlsaFor(certificate, '3 0 1').data).toString('hex'),
    ),
  },
};
// attempt() goes by the usual settings; vitest gives each test file a copy of its own.
Object.assign(usualSettings, settings);

type Outcome = (level: SecurityLevel) => Promise<string>;

const treatments: Readonly<Record<string, string>> = {
  none: 'in clear',
  may: 'TLS if offered',
  encrypt: 'TLS',
  dane: 'TLS, match',
  'half-dane': 'TLS, match',
  'dane-only': 'TLS, match',
  fingerprint: 'TLS, match',
  verify: 'TLS, match',
  secure: 'TLS, match',
};

/**
 * What becomes of mail for a domain with these records of its host `mx.x.test`. If it waits, a second host that is in
 * order shows whether that was for the first host or for the domain.
 */
function ofDns(
  records: Zone,
  { mxSigned = true, ...rest }: Partial<Circumstances> & { mxSigned?: boolean } = {},
): Outcome {
  return async (level) => {
    const zone = (...exchanges: readonly string[]): Zone => ({
      [mxSigned ? '!x.test MX' : 'x.test MX']: mx(...exchanges),
      '!another.test A': ['192.0.2.2'],
      '!_25._tcp.another.test TLSA': [ee],
      ...records,
    });
    const report = await attempt({ zone: zone('mx.x.test'), level, chain: [leaf], ...rest });
    const [, treatment = ''] = report.connections[0]?.split(' ') ?? [];
    if (report.outcome === 'sent') return treatments[treatment] ?? '';
    if (report.connections.length > 0) return 'not this host';
    const both = await attempt({ zone: zone('mx.x.test', 'another.test'), level, chain: [leaf], ...rest });
    return both.connections.some((line) => line.startsWith('another')) ? 'not this host' : 'waits';
  };
}

/** What becomes of mail for a host that behaves like this, and whose domain has these records. */
function ofHost(script: Script, record: TlsaRecord = ee): Outcome {
  return async (level) => {
    const server = await serve(script);
    const facts: PolicyFacts = {
      asked: { kind: 'level', level },
      settings,
      insecureMxPolicy: 'dane',
      host: 'mx.test',
      port: 25,
      mx: 'secure',
      nextHop: 'x.test',
      expandedNextHop: 'x.test',
    };
    const found = { kind: 'records', baseDomain: 'mx.test', owner: '', records: [record], ttl: 60 } as const;
    const decided = policyWithoutTlsa(facts) ?? policyWithTlsa(facts, found);
    if (decided.kind === 'skip') return decided.reason;
    const { connected } = await call(server, decided, {
      judge: (chain, policy) => judge(chain, policy, now),
    });
    if (connected.kind === 'trouble') {
      expect(connected.status).toMatchObject({ outcome: 'deferred' });
      return 'not this host';
    }
    const { tls } = connected.session;
    connected.session.destroy();
    if (tls === undefined) return 'in clear';
    return tls.word === 'Verified' ? 'TLS, match' : 'TLS';
  };
}

/** The same for a host with each of these certificates, and whatever else becomes of one of them. */
function ofEach(
  certificates: readonly TestCertificate[],
  recordFor: (certificate: TestCertificate) => TlsaRecord,
): Outcome {
  return async (level) => {
    const words = [];
    for (const certificate of certificates) {
      const tls = credentials(certificate, authority);
      words.push(await ofHost({ tls }, recordFor(certificate))(level));
    }
    return [...new Set(words)].join(' or ');
  };
}

/** What becomes of mail for a host whose TLS does not work, and of mail that has waited for a while. */
function orInClear(script: Script): Outcome {
  return async (level) => {
    const word = await ofHost(script)(level);
    const minutes = (count: number): Circumstances => ({
      zone: signedZone(...(isDane(level) ? [ee] : [])),
      level,
      handshakeFails: true,
      ageMs: count * 60_000,
    });
    const [young, old] = [await attempt(minutes(4.9)), await attempt(minutes(5.1))];
    if (young.outcome === 'sent') return word;
    return old.outcome === 'sent' ? `${word}; in clear if the mail is older than 5 minutes` : word;
  };
}

const signed = { '!mx.x.test A': ['192.0.2.1'] };
const pkix = { ...ee, usage: 1 };
const suites = { minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2', ecdhCurve: 'auto' } as const;

const outcomes: Readonly<Record<string, Outcome>> = {
  'no TLSA records': ofDns(signed),
  'TLSA records that are not signed': ofDns({ ...signed, '_25._tcp.mx.x.test TLSA': [ee] }),
  'address of the host not signed (TLSA records are not asked for)': ofDns({
    'mx.x.test A': ['192.0.2.1'],
    '_25._tcp.mx.x.test TLSA': 'SERVFAIL',
  }),
  'TLSA records that can be used': ofDns({ ...signed, '!_25._tcp.mx.x.test TLSA': [ee, pkix] }),
  'TLSA records, none of which can be used': ofDns({ ...signed, '!_25._tcp.mx.x.test TLSA': [pkix] }),
  'TLSA records that can be used, but the MX records are not signed': ofDns(
    { ...signed, '!_25._tcp.mx.x.test TLSA': [ee] },
    { mxSigned: false },
  ),
  'lookup of TLSA records fails': ofDns({ ...signed, '_25._tcp.mx.x.test TLSA': 'timeout' }),
  'lookup of the addresses of a host fails': ofDns({ 'mx.x.test A': 'SERVFAIL' }),
  'lookup of MX records fails': ofDns({ '!x.test MX': 'SERVFAIL', ...signed }),
  'the resolver does not validate': ofDns(
    { 'mx.x.test A': ['192.0.2.1'] },
    { mxSigned: false, validating: false },
  ),
  'mail to an address, `user@[192.0.2.1]`': ofDns({}, { nextHop: '[192.0.2.1]' }),
  'STARTTLS is not offered, or refused': async (level) => {
    const words = [
      await ofHost({ ehlo: ['PIPELINING'] })(level),
      await ofHost({ on: { STARTTLS: '454 4.7.0 not now' } })(level),
      await ofHost({ on: { STARTTLS: '554 5.7.0 never' } })(level),
    ];
    return [...new Set(words)].join(' or ');
  },
  'the TLS handshake fails': orInClear({ on: { STARTTLS: { drop: '220 go' } } }),
  'TLS breaks after the handshake': orInClear({
    tls: credentials(leaf, authority),
    on: { 'TLS EHLO': { drop: '' } },
  }),
  'certificate does not match the TLSA records': ofHost(
    { tls: credentials(leaf) },
    tlsaFor(renewed, '3 1 1'),
  ),
  'certificate expired, self-signed or for another name; records of usage 3 match': ofEach(
    alone,
    (certificate) => tlsaFor(certificate, '3 1 1'),
  ),
  'certificate expired or for another name; records of usage 2 match its authority': ofEach(issued, () =>
    tlsaFor(authority, '2 1 1'),
  ),
  'host has no certificate (anonymous TLS)': ofHost({ tls: { ...suites, ciphers: 'aNULL:@SECLEVEL=0' } }),
  'host speaks TLS 1.1 or older only': ofHost({
    tls: { ...credentials(leaf), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  }),
};

/** Of the second table only: what TLSA records say nothing about. */
const furtherOutcomes: Readonly<Record<string, Outcome>> = {
  'certificate with another digest': ofHost({ tls: credentials(renewed) }),
  'certificate of an authority that is not trusted': ofHost({ tls: credentials(foreign) }),
  'certificate for the host, whose name is not below that of the destination': ofHost({
    tls: credentials(forHost),
  }),
  'certificate for the destination, and not for the host': ofHost({ tls: credentials(forDomain) }),
};

test('the tables of docs/dane.md have these columns and rows', () => {
  const columns = tables.flatMap(({ levels }) => levels);
  expect(columns.toSorted()).toEqual(securityLevels.map((level) => `\`${level}\``).toSorted());
  const common = Object.keys(outcomes);
  expect(tables.map(({ promised }) => [...promised.keys()])).toEqual([
    common,
    [...common, ...Object.keys(furtherOutcomes)],
  ]);
});

describe.each(tables)('docs/dane.md: $levels', ({ levels, promised }) => {
  const cells = [...promised].flatMap(([situation, words]) =>
    levels.map((level, column) => [situation, level.replaceAll('`', ''), words[column]] as const),
  );
  test.each(cells)('%s: %s', async (situation, column, word) => {
    const outcome = outcomes[situation] ?? furtherOutcomes[situation];
    const level = securityLevels.find((each) => each === column);
    expect(level && (await outcome?.(level))).toBe(word);
  });
});
