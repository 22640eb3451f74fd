import { describe, expect, test } from 'vitest';
import { usualTls } from '../../../test/support/tls-settings.ts';
import type { Mismatch } from '../dane/verdict.ts';
import type { NotConnected, Session, SessionTls, SetupStep } from '../delivery/session.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { TlsFault } from '../mail/status.ts';
import type { UsableHost } from '../tls-policy/host-policy.ts';
import { certificateFaults } from './certificate-faults.ts';
import type { HostSts } from '../sts/sts-finding.ts';
import { lookupResult, sessionResults, skippedResults } from './host-result.ts';
import type { SessionResult } from './session-result.ts';

/** The only one. */
function sessionResult(...call: Parameters<typeof sessionResults>): SessionResult | undefined {
  const results = sessionResults(...call);
  expect(results.length).toBeLessThan(2);
  return results[0];
}

function skippedResult(...call: Parameters<typeof skippedResults>): SessionResult | undefined {
  return skippedResults(...call)[0];
}

const host = { domain: 'x.test', host: 'mx.x.test', address: '192.0.2.25' };
const at = { mxHost: 'mx.x.test', receivingAddress: '192.0.2.25' };
const records: readonly TlsaRecord[] = [
  { usage: 3, selector: 1, matching: 1, data: Buffer.from('ff01', 'hex') },
  { usage: 2, selector: 0, matching: 1, data: Buffer.from('0a', 'hex') },
  { usage: 3, selector: 1, matching: 1, data: Buffer.from('ff01', 'hex') },
];

function policy(level: EffectiveLevel, more: Partial<UsableHost> = {}): UsableHost {
  return { kind: 'use', level, tlsa: [], referenceNames: [], tls: usualTls, warnings: [], key: '', ...more };
}
const dane = policy('dane', { published: { baseDomain: 'mx.base.test', records } });
const unusable = policy('encrypt', { initial: 'dane', published: { baseDomain: 'mx.base.test', records } });

const tls = { word: 'Verified', facts: {} } as unknown as SessionTls;
const open = (more: Partial<Session>) => ({ kind: 'open', session: more as Session }) as const;
const secured = open({ tls });

function trouble(step: SetupStep, fault?: Partial<TlsFault>, more: Partial<NotConnected> = {}): NotConnected {
  const tlsFault = fault && { kind: 'handshake' as const, host: 'mx.x.test', ...fault };
  const status = {
    outcome: 'deferred',
    dsn: '4.7.5',
    reason: '',
    scope: 'host',
    ...(tlsFault && { tlsFault }),
  } as const;
  return { kind: 'trouble', step, status, ...more };
}

const refused454 = trouble('STARTTLS', { kind: 'refused' });
const refused = {
  ...refused454,
  status: { ...refused454.status, remote: { host: 'mx.x.test', reply: '454 4.7.0 not now' } },
};
const shortage = trouble('handshake', {});
const ours = { ...shortage, status: { ...shortage.status, ours: true } } as const;

describe('sessionResult()', () => {
  test.each<
    [string, UsableHost, NotConnected | ReturnType<typeof open>, string, readonly object[] | undefined]
  >([
    ['a match', dane, secured, 'tlsa', []],
    ['a match with an MX that is not signed', { ...dane, level: 'half-dane' }, secured, 'tlsa', []],
    ['TLS at may', policy('may'), secured, 'no-policy-found', []],
    ['TLS at encrypt', policy('encrypt'), secured, 'no-policy-found', []],
    ['in clear at may', policy('may'), open({}), 'no-policy-found', [{ type: 'starttls-not-supported' }]],
    [
      'in clear at may, because STARTTLS is refused',
      policy('may'),
      open({ startTlsReply: 454 }),
      'no-policy-found',
      [{ type: 'starttls-not-supported', reason: 'smtp-starttls-reply-454' }],
    ],
    ['in clear once more, after TLS broke', policy('none', { initial: 'may' }), open({}), '', undefined],
    ['a level of the operator', policy('secure'), secured, '', undefined],
    [
      'a level of the operator that asks for nothing',
      policy('may', { perDestination: true }),
      secured,
      '',
      undefined,
    ],
    [
      'a message that asks for less than its domain does',
      policy('may', { initial: 'dane', lowered: true }),
      secured,
      '',
      undefined,
    ],
    ['a level of the operator without TLS', policy('none'), open({}), '', undefined],
    [
      'no STARTTLS',
      dane,
      trouble('STARTTLS', { kind: 'not offered' }),
      'tlsa',
      [{ type: 'starttls-not-supported' }],
    ],
    ['no EHLO', dane, trouble('EHLO', { kind: 'not offered' }), 'tlsa', [{ type: 'starttls-not-supported' }]],
    [
      'STARTTLS refused',
      dane,
      refused,
      'tlsa',
      [{ type: 'starttls-not-supported', reason: 'smtp-starttls-reply-454' }],
    ],
    [
      'no handshake',
      dane,
      shortage,
      'tlsa',
      [{ type: 'validation-failure', reason: 'tls-handshake-failure' }],
    ],
    ['no handshake because of us', dane, ours, 'tlsa', undefined],
    ['an aborted handshake', dane, trouble('handshake'), 'tlsa', undefined],
    ['no connection', dane, trouble('connect'), 'tlsa', undefined],
    ['a greeting that refuses', dane, trouble('greeting'), 'tlsa', undefined],
    ['EHLO refused within TLS', dane, trouble('EHLO', undefined, { tls }), 'tlsa', []],
    [
      'records that cannot be used',
      unusable,
      secured,
      'tlsa',
      [{ type: 'tlsa-invalid', reason: 'all-tlsa-records-unusable' }],
    ],
    [
      'the same without STARTTLS',
      unusable,
      trouble('STARTTLS', { kind: 'not offered' }),
      'tlsa',
      [{ type: 'tlsa-invalid', reason: 'all-tlsa-records-unusable' }, { type: 'starttls-not-supported' }],
    ],
  ])('%s', (_, used, connected, type, faults) => {
    const result = sessionResult(host, used, connected);
    if (faults === undefined) return expect(result).toBeUndefined();
    expect(result?.policy.type).toBe(type);
    expect(result?.faults).toEqual(faults.map((fault) => ({ ...fault, ...at })));
  });

  test.each(Object.keys(certificateFaults) as Mismatch['cause'][])('a certificate with %s', (cause) => {
    const connected = trouble('certificate', { kind: 'certificate', mismatch: cause });
    expect(sessionResult(host, dane, connected)?.faults).toEqual([{ ...certificateFaults[cause], ...at }]);
  });

  test('the policy is the RRset, sorted, each record once, at its base domain', () => {
    expect(sessionResult(host, dane, secured)?.policy).toEqual({
      type: 'tlsa',
      domain: 'mx.base.test',
      strings: ['2 0 1 0A', '3 1 1 FF01'],
      mxHosts: [],
    });
  });

  test('our address is told where it may be', () => {
    const [fault] = sessionResult({ ...host, sendingAddress: '198.51.100.7' }, dane, shortage)?.faults ?? [];
    expect(fault?.sendingAddress).toBe('198.51.100.7');
  });
});

const failed = {
  kind: 'failed',
  name: '_25._tcp.mx.x.test',
  type: 'TLSA',
  cause: 'SERVFAIL',
  detail: '',
} as const;
const noPolicy = { type: 'no-policy-found', domain: 'x.test', strings: [], mxHosts: [] };

describe('an MTA-STS policy', () => {
  const sts: HostSts = {
    domain: 'x.test',
    host: 'mx.x.test',
    mode: 'enforce',
    id: '1',
    lines: ['version: STSv1', 'mode: enforce', 'mx: mx.x.test', 'max_age: 86400'],
    mx: ['mx.x.test'],
    listed: true,
  };
  const named = { type: 'sts', domain: 'x.test', strings: sts.lines, mxHosts: ['mx.x.test'] };
  const enforced = policy('sts', { sts });
  const testing = policy('may', { sts: { ...sts, mode: 'testing' } });
  const expired = { kind: 'failure', type: 'certificate-expired' } as const;
  const verified = open({ tls: { ...tls, sts: { kind: 'success' } } });
  const isExpired = open({ tls: { ...tls, sts: expired } });
  const mismatched = trouble('certificate', { kind: 'certificate', mismatch: 'name mismatch', level: 'sts' });
  const wrongRecord = trouble('certificate', {
    kind: 'certificate',
    mismatch: 'no matching record',
    level: 'half-dane',
  });
  const half = policy('half-dane', { sts, published: { baseDomain: 'mx.base.test', records } });
  const hostMismatch = 'certificate-host-mismatch';

  test.each<
    [string, UsableHost, NotConnected | ReturnType<typeof open>, Readonly<Record<string, readonly string[]>>]
  >([
    ['is complied with', enforced, verified, { sts: [] }],
    ['is not complied with', enforced, mismatched, { sts: [hostMismatch] }],
    [
      'and no STARTTLS',
      enforced,
      trouble('STARTTLS', { kind: 'not offered' }),
      { sts: ['starttls-not-supported'] },
    ],
    [
      'that is tested and not complied with: the mail goes out all the same',
      testing,
      isExpired,
      { sts: [expired.type] },
    ],
    ['that is tested, in clear', testing, open({}), { sts: ['starttls-not-supported'] }],
    [
      'that is tested, in clear once more, after TLS broke: that is counted already',
      { ...testing, initial: 'may', level: 'none' },
      open({}),
      {},
    ],
    [
      'that an entry of the operator lets count',
      { ...enforced, perDestination: true },
      verified,
      { sts: [] },
    ],
    [
      'that is tested and does not list the host',
      policy('may', { sts: { ...sts, listed: false } }),
      verified,
      { sts: ['validation-failure'] },
    ],
    ['beside DANE, both well', half, verified, { tlsa: [], sts: [] }],
    ['beside DANE, which alone is well', half, mismatched, { tlsa: [], sts: [hostMismatch] }],
    [
      'beside DANE that fails, and nobody asks further',
      half,
      wrongRecord,
      { tlsa: ['certificate-not-trusted'] },
    ],
    [
      'in place of records that cannot be used',
      policy('sts', { sts, initial: 'dane' }),
      verified,
      { tlsa: ['tlsa-invalid'], sts: [] },
    ],
  ])('%s', (_, used, connected, wanted) => {
    const results = sessionResults(host, used, connected);
    const found = results.map(({ policy: { type }, faults }) => [type, faults.map((fault) => fault.type)]);
    expect(Object.fromEntries(found)).toEqual(wanted);
    for (const one of results) if (one.policy.type === 'sts') expect(one.policy).toEqual(named);
  });

  test('that cannot be fetched counts once for an attempt, beside the session', () => {
    const stsTrouble = {
      type: 'sts-policy-fetch-error',
      code: 'http-404',
      detail: '',
      domain: 'x.test',
      lines: [],
      mx: [],
    } as const;
    expect(sessionResults(host, policy('may', { stsTrouble }), secured)).toEqual([
      { policy: noPolicy, faults: [] },
      {
        policy: { type: 'sts', domain: 'x.test', strings: [], mxHosts: [] },
        faults: [{ type: 'sts-policy-fetch-error', reason: 'http-404' }],
        once: true,
      },
    ]);
  });

  test('that does not list a host says so of it', () => {
    expect(skippedResults(host, { fault: 'not in STS policy', sts: { ...sts, listed: false } })).toEqual([
      {
        policy: named,
        faults: [{ type: 'validation-failure', reason: 'sts-mx-mismatch', mxHost: 'mx.x.test' }],
      },
    ]);
  });
});

test('skippedResult() tells what policy and DNS kept the mail from', () => {
  const at = { mxHost: 'mx.x.test' };
  const ofHost = { type: 'tlsa', domain: 'mx.x.test', strings: [], mxHosts: [] };
  expect(skippedResult(host, { fault: 'TLSA lookup', failed: { ...failed, extended: [6, 9] } })).toEqual({
    policy: ofHost,
    faults: [{ type: 'dnssec-invalid', reason: 'dns-ede-6', ...at }],
  });
  expect(skippedResult(host, { fault: 'TLSA lookup', failed })).toEqual({
    policy: ofHost,
    faults: [{ type: 'dnssec-invalid', ...at }],
  });
  const required = { policy: noPolicy, faults: [{ type: 'dane-required', ...at }] };
  expect(skippedResult(host, { fault: 'no TLSA records' })).toEqual(required);
  expect(skippedResult(host, { fault: 'unsigned' })).toEqual(required);
  const published = { baseDomain: 'mx.base.test', records };
  expect(skippedResult(host, { fault: 'unusable TLSA records', published })).toEqual({
    policy: { type: 'tlsa', domain: 'mx.base.test', strings: ['2 0 1 0A', '3 1 1 FF01'], mxHosts: [] },
    faults: [{ type: 'tlsa-invalid', reason: 'all-tlsa-records-unusable', ...at }],
  });
  expect(skippedResult(host, { fault: 'settings' })).toBeUndefined();
  expect(skippedResult(host, { fault: 'resolver' })).toBeUndefined();
});

test('lookupResult() tells of DNSSEC only: a server that does not answer is no matter of TLS', () => {
  expect(lookupResult('x.test', [])).toBeUndefined();
  expect(lookupResult('x.test', [22, 23])).toBeUndefined();
  expect(lookupResult('x.test', [22, 9])).toEqual({
    policy: noPolicy,
    faults: [{ type: 'dnssec-invalid', reason: 'dns-ede-9' }],
  });
});
