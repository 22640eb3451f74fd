import { describe, expect, test } from 'vitest';
import { day, makeAuthority, makeCertificate, now, pemOf, tlsaFor } from '../../../test/support/test-ca.ts';
import { usualSettings } from '../../../test/support/tls-settings.ts';
import { readAuthorities } from '../dane/authorities.ts';
import type { StsFinding } from '../sts/sts-finding.ts';
import type { StsMode } from '../sts/sts-policy.ts';
import type { HostPolicy } from './host-policy.ts';
import { judge, looksBeyondLeaf } from './judge.ts';
import type { AskedPolicy } from './policy-entry.ts';
import type { PolicyFacts } from './policy-facts.ts';
import { hostPolicy } from './tls-policy.ts';
import type { TlsaFinding } from './tlsa-lookup.ts';

/** MTA-STS beside DANE: what is asked for, of which hosts, and what a certificate is worth then. */

const root = makeAuthority('Root');
const good = makeCertificate({ names: ['mx.test'] }, root);
const wrongName = makeCertificate({ names: ['a.test'] }, root);
const selfSigned = makeCertificate({ names: ['mx.test'] });
const settings = { ...usualSettings, stsAuthorities: () => readAuthorities(pemOf(root.der)) };

const none: TlsaFinding = { kind: 'none', reason: 'no TLSA records' };
const records = (...all: readonly ReturnType<typeof tlsaFor>[]): TlsaFinding => ({
  kind: 'records',
  baseDomain: 'mx.test',
  owner: '_25._tcp.mx.test',
  records: all,
  ttl: 60,
});
const usable = records(tlsaFor(good, '3 1 1'));
const unusable = records({ ...tlsaFor(good, '3 1 1'), usage: 1 });
const failed: TlsaFinding = {
  kind: 'failed',
  name: 'x',
  type: 'TLSA',
  cause: 'SERVFAIL',
  detail: 'SERVFAIL',
};

function policyOf(mode: StsMode, mx: readonly string[] = ['mx.test']): StsFinding {
  const policy = { mode, maxAge: 60, mx, lines: [] };
  return {
    kind: 'found',
    domain: 'a.test',
    known: { policy, id: 'i1', fetchedAt: 0, expiresAt: 1 },
    until: 0,
  };
}

interface Case {
  readonly asked?: Partial<AskedPolicy>;
  readonly mx?: PolicyFacts['mx'];
  readonly tlsa?: TlsaFinding;
  readonly sts?: StsFinding;
  readonly part?: Partial<PolicyFacts>;
}

async function decide(one: Case): Promise<{ readonly policy: HostPolicy; readonly isAsked: boolean }> {
  const { asked = { level: 'dane' }, mx = 'secure', tlsa = none, sts = policyOf('enforce'), part = {} } = one;
  let isAsked = false;
  const facts: PolicyFacts = {
    asked: { kind: 'level', level: 'dane', ...asked },
    settings,
    mx,
    insecureMxPolicy: 'dane',
    nextHop: 'a.test',
    expandedNextHop: 'a.test',
    host: 'mx.test',
    port: 25,
    ...part,
  };
  const policy = await hostPolicy(
    facts,
    async () => tlsa,
    async () => {
      isAsked = true;
      return sts;
    },
  );
  return { policy, isAsked };
}

/** `sts enforce`, `may testing`, `not in STS policy`; `(not asked)` where nobody asked for a policy. */
async function words(one: Case): Promise<string> {
  const { policy, isAsked } = await decide(one);
  const level = policy.kind === 'skip' ? policy.fault : policy.level;
  const mode = policy.kind === 'use' && policy.sts !== undefined ? ` ${policy.sts.mode}` : '';
  return `${level}${mode}${isAsked ? '' : ' (not asked)'}`;
}

describe('by the state of DANE', () => {
  test.each<[string, Case, string]>([
    ['no TLSA', {}, 'sts enforce'],
    ['no TLSA, testing', { sts: policyOf('testing') }, 'may testing'],
    ['no TLSA, none', { sts: policyOf('none') }, 'may'],
    ['no TLSA, no policy', { sts: { kind: 'found', domain: 'a.test', until: 0 } }, 'may'],
    ['usable TLSA, MX signed', { tlsa: usable }, 'dane (not asked)'],
    ['usable TLSA, MX not signed', { tlsa: usable, mx: 'insecure' }, 'half-dane enforce'],
    ['the same, testing', { tlsa: usable, mx: 'insecure', sts: policyOf('testing') }, 'half-dane testing'],
    [
      'the same, MX not listed',
      { tlsa: usable, mx: 'insecure', sts: policyOf('enforce', ['x.test']) },
      'not in STS policy',
    ],
    ['TLSA unusable', { tlsa: unusable }, 'sts enforce'],
    ['TLSA unusable, testing', { tlsa: unusable, sts: policyOf('testing') }, 'encrypt testing'],
    ['TLSA lookup fails', { tlsa: failed }, 'TLSA lookup (not asked)'],
    ['MX not listed', { sts: policyOf('enforce', ['x.test']) }, 'not in STS policy'],
    ['MX not listed, testing', { sts: policyOf('testing', ['x.test']) }, 'may testing'],
    ['nobody knows', { sts: { kind: 'failed', domain: 'a.test', detail: 'Redis is away' } }, 'STS unknown'],
    [
      'usable TLSA, MX not signed, and they are ignored',
      { tlsa: usable, mx: 'insecure', part: { insecureMxPolicy: 'may' } },
      'sts enforce',
    ],
    [
      'usable TLSA, MX not signed, and they mean TLS',
      { tlsa: usable, mx: 'insecure', part: { insecureMxPolicy: 'encrypt' } },
      'sts enforce',
    ],
  ])('%s', async (_, one, expected) => expect(await words(one)).toBe(expected));
});

describe('by what the operator asks for', () => {
  test.each<[string, Case, string]>([
    ['an entry at may', { asked: { level: 'may' } }, 'may (not asked)'],
    ['an entry at may that asks for it', { asked: { level: 'may', mtaSts: 'enforce' } }, 'sts enforce'],
    ['an entry at encrypt', { asked: { level: 'encrypt' } }, 'encrypt (not asked)'],
    [
      'an entry at encrypt that asks for it',
      { asked: { level: 'encrypt', mtaSts: 'testing' } },
      'encrypt testing',
    ],
    ['an entry at dane', { asked: { level: 'dane' } }, 'sts enforce'],
    ['an entry at dane that does without', { asked: { level: 'dane', mtaSts: 'off' } }, 'may (not asked)'],
    ['an entry at dane that tests', { asked: { level: 'dane', mtaSts: 'testing' } }, 'may testing'],
    [
      'dane, and the setting is off',
      { part: { settings: { ...settings, mtaSts: 'off' } } },
      'may (not asked)',
    ],
    [
      'dane, and the setting is testing',
      { part: { settings: { ...settings, mtaSts: 'testing' } } },
      'may testing',
    ],
    ['none', { asked: { level: 'none' } }, 'none (not asked)'],
    ['dane-only', { asked: { level: 'dane-only' } }, 'no TLSA records (not asked)'],
    ['verify', { asked: { level: 'verify' } }, 'verify (not asked)'],
    ['secure', { asked: { level: 'secure' } }, 'secure (not asked)'],
    ['fingerprint', { asked: { level: 'fingerprint' } }, 'fingerprint (not asked)'],
    ['TLS from the first octet', { part: { wrapper: true } }, 'sts enforce'],
  ])('%s', async (_, one, expected) => expect(await words(one)).toBe(expected));
});

describe('a host under an enforced policy', () => {
  test('is called by its own name in SNI, and over TLS 1.2 or newer', async () => {
    const { policy } = await decide({ part: { settings: { ...settings, serverName: 'nexthop' } } });
    expect(policy).toMatchObject({
      serverName: 'mx.test',
      tls: { versions: ['TLSv1.2', 'TLSv1.3'] },
      sts: { host: 'mx.test', listed: true },
    });
  });

  test('has a session of its own for each policy', async () => {
    const key = async (one: Case): Promise<string> => {
      const { policy } = await decide(one);
      return policy.kind === 'use' ? policy.key : '';
    };
    const other = policyOf('enforce');
    const ofOther = { ...other, domain: 'b.test' } as StsFinding;
    const keys = [
      await key({}),
      await key({ sts: ofOther }),
      await key({ sts: policyOf('testing') }),
      await key({ sts: policyOf('none') }),
      await key({ tlsa: usable, mx: 'insecure' }),
      await key({ tlsa: usable, mx: 'insecure', sts: policyOf('none') }),
    ];
    expect(new Set(keys).size).toBe(keys.length);
    expect(await key({})).toBe(keys[0]);
  });

  test('that has no usable TLSA record is not said to be unauthenticated', async () => {
    const { policy } = await decide({ tlsa: unusable });
    expect(policy.warnings.at(-1)).toBe('mx.test:25: all TLSA records unusable, MTA-STS applies');
    expect(policy).toMatchObject({ level: 'sts', initial: 'dane' });
  });

  test('that is not listed is told by its name', async () => {
    const { policy } = await decide({ sts: policyOf('enforce', ['x.test']) });
    expect(policy).toMatchObject({
      kind: 'skip',
      dsn: '4.7.5',
      reason: 'MTA-STS policy of a.test does not list this host',
      sts: { listed: false },
    });
  });
});

/** `Verified, success`; `Untrusted refused, certificate-expired`. */
async function judged(one: Case, chain: readonly { readonly der: Uint8Array }[]): Promise<string> {
  const { policy } = await decide(one);
  if (policy.kind === 'skip') throw new Error(policy.reason);
  expect(looksBeyondLeaf(policy)).toBe(true);
  const judgement = judge(
    chain.map(({ der }) => der),
    policy,
    now,
  );
  const { word, ok, sts } = judgement;
  if (!ok)
    expect(judgement.failed).toBe(
      policy.level === 'half-dane' && sts?.kind === 'success' ? undefined : 'sts',
    );
  const result =
    sts?.kind === 'failure' ? `${sts.type}${sts.code === undefined ? '' : ` ${sts.code}`}` : sts?.kind;
  return `${word}${ok ? '' : ' refused'}, ${result}`;
}

describe('the judgement', () => {
  const expired = makeCertificate({ names: ['mx.test'], notAfter: now - day }, root);
  const onlyCn = makeCertificate({ subject: 'mx.test' }, root);
  const testing = policyOf('testing');

  test.each<[string, Case, readonly { readonly der: Uint8Array }[], string]>([
    ['good', {}, [good], 'Verified, success'],
    ['another name', {}, [wrongName], 'Trusted refused, certificate-host-mismatch'],
    ['only a Common Name', {}, [onlyCn], 'Trusted refused, certificate-host-mismatch'],
    ['expired', {}, [expired], 'Untrusted refused, certificate-expired'],
    ['self-signed', {}, [selfSigned], 'Untrusted refused, certificate-not-trusted self-signed-certificate'],
    ['none', {}, [], 'Anonymous refused, validation-failure no-peer-certificate'],
    ['testing, good', { sts: testing }, [good], 'Untrusted, success'],
    ['testing, expired', { sts: testing }, [expired], 'Untrusted, certificate-expired'],
    [
      'testing, good, not listed',
      { sts: policyOf('testing', ['x.test']) },
      [good],
      'Untrusted, validation-failure sts-mx-mismatch',
    ],
    ['half-dane, good', { tlsa: usable, mx: 'insecure' }, [good], 'Verified, success'],
    ['half-dane, testing', { tlsa: usable, mx: 'insecure', sts: testing }, [good], 'Trusted, success'],
    [
      'half-dane, TLSA mismatch',
      { tlsa: records(tlsaFor(selfSigned, '3 1 1')), mx: 'insecure' },
      [good],
      'Untrusted refused, success',
    ],
    [
      'half-dane, self-signed',
      { tlsa: records(tlsaFor(selfSigned, '3 1 1')), mx: 'insecure' },
      [selfSigned],
      'Trusted refused, certificate-not-trusted self-signed-certificate',
    ],
  ])('%s', async (_, one, chain, expected) => expect(await judged(one, chain)).toBe(expected));

  test('without a policy, nobody is trusted at the level sts', async () => {
    const { policy } = await decide({});
    if (policy.kind === 'skip') throw new Error(policy.reason);
    const { sts: _, ...bare } = policy;
    expect(judge([good.der], bare, now)).toMatchObject({ ok: false });
  });
});

test('TLS is 1.2 or newer under a policy that is enforced (RFC 8461 §7.2), behind unsigned MX records as well', async () => {
  const old = ['TLSv1', 'TLSv1.2', 'TLSv1.3'] as const;
  const versions = async (sts: StsFinding): Promise<unknown> => {
    const { policy } = await decide({
      mx: 'insecure',
      tlsa: usable,
      asked: { level: 'dane', versions: old },
      sts,
    });
    return policy.kind === 'use' && [policy.level, policy.tls.versions];
  };
  expect(await versions(policyOf('enforce'))).toEqual(['half-dane', ['TLSv1.2', 'TLSv1.3']]);
  expect(await versions(policyOf('testing'))).toEqual(['half-dane', old]);
});
