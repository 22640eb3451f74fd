import { describe, expect, test } from 'vitest';
import type { TlsFault } from '../mail/status.ts';
import {
  faultResult,
  hostSts,
  isNamedBySts,
  mismatchResult,
  notListed,
  policyTrouble,
  stsEvaluated,
} from './host-sts.ts';
import type { StsFinding } from './sts-finding.ts';
import type { StsMode } from './sts-policy.ts';

function finding(mode: StsMode): StsFinding {
  const policy = { mode, maxAge: 60, mx: ['mx.test', '*.b.test'], lines: ['version: STSv1'] };
  return {
    kind: 'found',
    domain: 'a.test',
    known: { policy, id: 'x1', fetchedAt: 0, expiresAt: 60_000 },
    until: 0,
  };
}

describe('hostSts()', () => {
  test('a policy and the host', () => {
    expect(hostSts(finding('enforce'), 'mx.test', 'enforce')).toEqual({
      domain: 'a.test',
      host: 'mx.test',
      mode: 'enforce',
      id: 'x1',
      lines: ['version: STSv1'],
      mx: ['mx.test', '*.b.test'],
      listed: true,
    });
    expect(hostSts(finding('enforce'), 'mx.a.b.test', 'enforce')?.listed).toBe(false);
  });

  test.each<[StsMode, 'enforce' | 'testing', string | undefined]>([
    ['enforce', 'enforce', 'enforce'],
    ['enforce', 'testing', 'testing'],
    ['testing', 'enforce', 'testing'],
    ['testing', 'testing', 'testing'],
    ['none', 'enforce', undefined],
  ])('of a policy that says %s, the operator %s: %s', (mode, wish, expected) => {
    expect(hostSts(finding(mode), 'mx.test', wish)?.mode).toBe(expected);
  });

  test('nothing applies where nothing is known', () => {
    expect(hostSts({ kind: 'found', domain: 'a.test', until: 0 }, 'mx.test', 'enforce')).toBeUndefined();
    expect(hostSts({ kind: 'failed', domain: 'a.test', detail: '' }, 'mx.test', 'enforce')).toBeUndefined();
  });
});

describe('policyTrouble()', () => {
  const trouble = { type: 'sts-policy-invalid', code: 'missing-mx', detail: '', lines: ['x: y'] } as const;
  test('of a policy that stays in force, and of none', () => {
    const found = finding('enforce');
    if (found.kind === 'failed') throw new Error('failed');
    expect(policyTrouble(found)).toBeUndefined();
    expect(policyTrouble({ ...found, trouble })).toMatchObject({
      domain: 'a.test',
      code: 'missing-mx',
      lines: ['version: STSv1'],
      mx: ['mx.test', '*.b.test'],
    });
    expect(policyTrouble({ kind: 'found', domain: 'a.test', until: 0, trouble })).toMatchObject({
      lines: ['x: y'],
      mx: [],
    });
    expect(policyTrouble({ kind: 'failed', domain: 'a.test', detail: '' })).toBeUndefined();
  });
});

test.each<[StsMode, string, boolean]>([
  ['enforce', 'mx.test', true],
  ['enforce', 'other.test', false],
  ['testing', 'mx.test', false],
])('isNamedBySts(): %s, %s: %s', (mode, host, expected) => {
  expect(isNamedBySts(hostSts(finding(mode), host, 'enforce'))).toBe(expected);
});

test('isNamedBySts(): no policy names nobody', () => expect(isNamedBySts(undefined)).toBe(false));

describe('what a report says', () => {
  const sts = hostSts(finding('testing'), 'mx.test', 'enforce');
  const other = hostSts(finding('testing'), 'other.test', 'enforce');
  if (sts === undefined || other === undefined) throw new Error('no policy');

  test('of a session', () => {
    expect(stsEvaluated(sts, { kind: 'success' })).toMatchObject({
      type: 'sts',
      result: { kind: 'success' },
    });
  });

  test('of a host that is not listed, whatever its certificate is worth', () => {
    expect(stsEvaluated(other, { kind: 'success' })).toEqual(notListed(other));
    expect(notListed(other).result).toEqual({
      kind: 'failure',
      type: 'validation-failure',
      code: 'sts-mx-mismatch',
    });
  });

  test.each([
    ['name mismatch', 'certificate-host-mismatch', undefined],
    ['expired', 'certificate-expired', undefined],
    ['no certificate', 'validation-failure', 'no-peer-certificate'],
    ['not yet valid', 'certificate-not-trusted', 'certificate-not-yet-valid'],
    ['self-signed', 'certificate-not-trusted', 'self-signed-certificate'],
    ['untrusted issuer', 'certificate-not-trusted', 'untrusted-issuer'],
    ['weak key or digest', 'certificate-not-trusted', 'weak-key-or-digest'],
  ] as const)('of a certificate: %s', (cause, type, code) => {
    expect(mismatchResult(cause)).toEqual({ kind: 'failure', type, ...(code !== undefined && { code }) });
  });

  test.each<[TlsFault['kind'], string | undefined]>([
    ['not offered', 'starttls-not-supported'],
    ['refused', 'starttls-not-supported'],
    ['handshake', 'validation-failure'],
    ['certificate', 'certificate-not-trusted'],
    ['settings', undefined],
    ['resolver', undefined],
    ['STS unknown', undefined],
  ])('of a session without a certificate: %s', (kind, expected) => {
    const result = faultResult({ kind });
    expect(result?.kind === 'failure' ? result.type : undefined).toBe(expected);
  });
});
