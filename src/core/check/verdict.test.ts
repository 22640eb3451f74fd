import { describe, expect, test } from 'vitest';
import { someAddress, someHost } from '../../../test/support/check-report.ts';
import { usualTls } from '../../../test/support/tls-settings.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { TlsFault, Trouble } from '../mail/status.ts';
import type { HostPolicy } from '../tls-policy/host-policy.ts';
import { addressVerdict, worstVerdict } from './verdict.ts';

function use(level: EffectiveLevel, initial?: EffectiveLevel): HostPolicy {
  const facts = { tlsa: [], referenceNames: [], tls: usualTls, warnings: [], key: '' };
  return { kind: 'use', level, ...(initial && { initial }), ...facts };
}

function skip(fault: TlsFault['kind']): HostPolicy {
  return { kind: 'skip', reason: 'why', dsn: '4.7.5', fault, warnings: [] };
}

function trouble(kind?: TlsFault['kind'], more: Partial<Trouble> = {}): Trouble {
  const fault = kind === undefined ? {} : { tlsFault: { kind, host: 'mx.example.org' } };
  return { outcome: 'deferred', scope: 'host', dsn: '4.7.5', reason: 'why', ...fault, ...more };
}

describe('addressVerdict()', () => {
  test.each<[string, HostPolicy, Trouble | undefined, string]>([
    ['a match', use('dane'), undefined, 'protected'],
    ['a match behind unsigned MX records', use('half-dane'), undefined, 'unprotected'],
    ['TLS without usable records', use('encrypt', 'dane'), undefined, 'unprotected'],
    ['no records', use('may'), undefined, 'unprotected'],
    ['no records, and unreachable', use('may'), trouble(), 'unprotected'],
    ['no records, and TLS is broken', use('may'), trouble('handshake'), 'unprotected'],
    ['a certificate that does not match', use('dane'), trouble('certificate'), 'fails'],
    ['the same behind unsigned MX records', use('half-dane'), trouble('certificate'), 'fails'],
    ['no STARTTLS', use('dane'), trouble('not offered'), 'fails'],
    ['STARTTLS refused', use('encrypt', 'dane'), trouble('refused'), 'fails'],
    ['a broken handshake', use('dane'), trouble('handshake'), 'fails'],
    ['a handshake that this machine broke', use('dane'), trouble('handshake', { ours: true }), 'unknown'],
    ['unreachable', use('dane'), trouble(), 'unknown'],
    ['a failed lookup', skip('TLSA lookup'), undefined, 'unknown'],
    ['a resolver that does not validate', skip('resolver'), undefined, 'unknown'],
    ['wrong settings', skip('settings'), undefined, 'unknown'],
    ['unsigned at dane-only', skip('unsigned'), undefined, 'unprotected'],
  ])('%s', (_, policy, problem, verdict) => {
    const tested = { policy, inClear: false, ...(problem !== undefined && { trouble: problem }) };
    expect(addressVerdict(tested).verdict).toBe(verdict);
  });

  test.each([
    ['no matching record', 'no TLSA record matches what the server shows'],
    ['expired', 'certificate refused: expired'],
  ] as const)('says what is wrong with a certificate: %s', (mismatch, reason) => {
    const problem = trouble('certificate');
    const fault = { kind: 'certificate', host: 'mx.example.org', mismatch } as const;
    expect(
      addressVerdict({ policy: use('dane'), inClear: false, trouble: { ...problem, tlsFault: fault } })
        .reason,
    ).toBe(reason);
  });
});

test('worstVerdict()', () => {
  const hosts = (...verdicts: readonly ('protected' | 'fails' | 'unknown' | 'unprotected')[]) => [
    someHost(...verdicts.map((verdict) => someAddress({ verdict }))),
  ];
  expect(worstVerdict(hosts('protected', 'protected'))).toBe('protected');
  expect(worstVerdict(hosts('protected', 'unprotected'))).toBe('unprotected');
  expect(worstVerdict(hosts('unprotected', 'unknown', 'protected'))).toBe('unknown');
  expect(worstVerdict(hosts('unknown', 'fails'))).toBe('fails');
  expect(worstVerdict([])).toBe('unknown');
  expect(worstVerdict(hosts())).toBe('unknown');
  expect(worstVerdict([{ ...someHost(someAddress()), problem: 'its A records cannot be looked up' }])).toBe(
    'unknown',
  );
});
