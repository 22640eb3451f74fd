import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { judge } from '../../src/core/route/judge.ts';
import type { TlsaRecord } from '../../src/core/dns/record.ts';
import { isDane, securityLevels, type SecurityLevel } from '../../src/core/route/levels.ts';
import { attempt, type Circumstances } from '../regressions/attempt.ts';
import { mx, signedZone, type Zone } from '../regressions/fake-dns.ts';
import { credentials, serverFixture, type Script } from '../scenario/session/scripted-server.ts';
import { call, policyAt } from '../scenario/session/session-kit.ts';
import { day, makeAuthority, makeCertificate, now, tlsaFor } from '../support/test-ca.ts';

/** docs/dane.md says in a table what each level does in each situation. Each cell of it is done here. */

const text = readFileSync(path.join(import.meta.dirname, '../../docs/dane.md'), 'utf8');
const [, table = ''] = /\n\| situation \|(.*\n(?:\|.*\n)+)/.exec(text) ?? [];
const [header = [], , ...rows] = `| situation |${table}`
  .trimEnd()
  .split('\n')
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  );
const promised = new Map(rows.map(([situation = '', ...cells]) => [situation, cells]));

const serve = serverFixture();
const authority = makeAuthority('CA');
const leaf = makeCertificate({ names: ['mx.test'] }, authority);
const past = { notBefore: now - 9 * day, notAfter: now - day };
const alone = makeCertificate({ names: ['other.test'], ...past });
const issued = makeCertificate({ names: ['other.test'], ...past }, authority);
const ee = tlsaFor(leaf, '3 1 1');

type Outcome = (level: SecurityLevel) => Promise<string>;

const treatments: Readonly<Record<string, string>> = {
  none: 'in clear',
  may: 'TLS if offered',
  encrypt: 'TLS',
  dane: 'TLS, match',
  'half-dane': 'TLS, match',
  'dane-only': 'TLS, match',
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
    const both = await attempt({ zone: zone('mx.x.test', 'another.test'), level, chain: [leaf], ...rest });
    return both.connections.some((line) => line.startsWith('another')) ? 'not this host' : 'waits';
  };
}

/** What becomes of mail for a host that behaves like this, and whose domain has these records. */
function ofHost(script: Script, record: TlsaRecord = ee): Outcome {
  return async (level) => {
    const server = await serve(script);
    const dane = isDane(level) ? { tlsa: [record], referenceNames: ['mx.test'] } : {};
    const { connected } = await call(server, policyAt(level, dane), {
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
  'the TLS handshake fails': async (level) => {
    const word = await ofHost({ on: { STARTTLS: { drop: '220 go' } } })(level);
    const minutes = (count: number): Circumstances => ({
      zone: signedZone(...(isDane(level) ? [ee] : [])),
      level,
      handshakeFails: true,
      ageMs: count * 60_000,
    });
    const [young, old] = [await attempt(minutes(4.9)), await attempt(minutes(5.1))];
    if (young.outcome === 'sent') return word;
    return old.outcome === 'sent' ? `${word}; in clear if the mail is older than 5 minutes` : word;
  },
  'certificate does not match the TLSA records': ofHost({ tls: credentials(alone) }),
  'certificate expired, self-signed or for another name; records of usage 3 match': ofHost(
    { tls: credentials(alone) },
    tlsaFor(alone, '3 1 1'),
  ),
  'certificate expired or for another name; records of usage 2 match its authority': ofHost(
    { tls: credentials(issued, authority) },
    tlsaFor(authority, '2 1 1'),
  ),
  'host has no certificate (anonymous TLS)': ofHost({ tls: { ...suites, ciphers: 'aNULL:@SECLEVEL=0' } }),
  'host speaks TLS 1.1 or older only': ofHost({
    tls: { ...credentials(leaf), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' },
  }),
};

test('the table of docs/dane.md has these columns and rows', () => {
  expect(header.slice(1)).toEqual(securityLevels.map((level) => `\`${level}\``));
  const situations = [...promised.keys()].filter((situation) => !situation.startsWith('**'));
  expect(situations).toEqual(Object.keys(outcomes));
});

describe.each(Object.keys(outcomes))('docs/dane.md: %s', (situation) => {
  test.each(securityLevels.map((level, column) => [level, column] as const))('%s', async (level, column) => {
    expect(await outcomes[situation]?.(level)).toBe(promised.get(situation)?.[column]);
  });
});
