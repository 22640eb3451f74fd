import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  day,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  tlsaFor,
  type TestCertificate,
} from '../../../test/support/test-ca.ts';
import { usualTls } from '../../../test/support/tls-settings.ts';
import { anchorRecords } from '../dane/anchor-records.ts';
import { readAuthorities } from '../dane/authorities.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { UsableHost } from './host-policy.ts';
import { judge, looksBeyondLeaf } from './judge.ts';

const host = 'mx.example.org';
const root = makeAuthority('Root');
const leaf = makeCertificate({ names: [host] }, root);
const expired = makeCertificate({ names: [host], notAfter: now - day }, root);
const selfSigned = makeCertificate({ names: [host] });
const trustsRoot = { authorities: readAuthorities(pemOf(root.der)) };
const trustsNobody = { authorities: readAuthorities('') };

function policy(level: EffectiveLevel, part: Partial<UsableHost> = {}): UsableHost {
  return {
    kind: 'use',
    level,
    tlsa: [],
    referenceNames: [host],
    tls: usualTls,
    warnings: [],
    key: '',
    ...part,
  };
}

/** The word, and if the mail must not go, where and why. Where only the leaf counts it is the same without the others. */
function said(chain: readonly TestCertificate[], asked: UsableHost): string {
  const sent = chain.map(({ der }) => der);
  const judgement = judge(sent, asked, now);
  if (!looksBeyondLeaf(asked)) expect(judge(sent.slice(0, 1), asked, now)).toEqual(judgement);
  const { word, ok, depth, detail } = judgement;
  return ok ? word : `${word}, not ok: ${depth} ${detail}`;
}

describe('looksBeyondLeaf()', () => {
  const ee = tlsaFor(leaf, '3 1 1');
  const ta = tlsaFor(root, '2 1 1');
  it.each<[EffectiveLevel, Partial<UsableHost>, boolean]>([
    ['none', {}, false],
    ['may', {}, false],
    ['may', trustsRoot, true],
    ['encrypt', {}, false],
    ['encrypt', trustsRoot, true],
    ['fingerprint', {}, false],
    ['fingerprint', trustsRoot, false],
    ['dane', { tlsa: [ee] }, false],
    ['dane', { tlsa: [ee], ...trustsRoot }, false],
    ['dane', { tlsa: [ee, ta] }, true],
    ['half-dane', { tlsa: [ta] }, true],
    ['dane-only', { tlsa: [ee] }, false],
    ['dane-only', { tlsa: [ta] }, true],
    ['verify', {}, true],
    ['secure', {}, true],
  ])('%s %#: %s', (level, part, expected) => {
    expect(looksBeyondLeaf(policy(level, part))).toBe(expected);
  });
});

describe('judge(): TLSA records', () => {
  const good = { tlsa: [tlsaFor(leaf, '3 1 1')] };
  const bad = { tlsa: [tlsaFor(selfSigned, '3 1 1')] };

  it('goes by the digest that comes first in the policy', () => {
    const tlsa = [tlsaFor(leaf, '3 1 1'), tlsaFor(selfSigned, '3 1 2')];
    const mismatch = 'Untrusted, not ok: 0 num=65:no matching DANE TLSA records';
    expect(said([leaf], policy('dane', { tlsa }))).toBe(mismatch);
    expect(said([leaf], policy('dane', { tlsa, digests: ['sha512', 'sha256'] }))).toBe(mismatch);
    expect(said([leaf], policy('dane', { tlsa, digests: ['sha256', 'sha512'] }))).toBe('Verified');
  });

  it.each([
    ['dane', 'Verified'],
    ['dane-only', 'Verified'],
    ['half-dane', 'Trusted'],
    ['may', 'Untrusted'],
    ['encrypt', 'Untrusted'],
  ] as const)('a match at %s is %s', (level, word) => {
    expect(said([leaf], policy(level, good))).toBe(word);
  });

  it.each(['dane', 'dane-only', 'half-dane'] as const)(
    'a mismatch at %s is Untrusted and stops the mail',
    (level) => {
      expect(said([leaf], policy(level, bad))).toBe(
        'Untrusted, not ok: 0 num=65:no matching DANE TLSA records',
      );
    },
  );

  it('a server without a certificate is Anonymous, and nothing at a level that requires a match', () => {
    expect(said([], policy('may', good))).toBe('Anonymous');
    for (const level of ['dane', 'fingerprint', 'verify', 'secure'] as const) {
      const asked = policy(level, { ...good, ...trustsRoot, fingerprints: { digest: 'sha256', values: [] } });
      expect(said([], asked)).toBe('Anonymous, not ok: 0 no certificate');
    }
  });
});

describe('judge(): fingerprint', () => {
  const of = (octets: Buffer): Partial<UsableHost> => ({
    fingerprints: { digest: 'sha256', values: [createHash('sha256').update(octets).digest('hex')] },
  });

  it.each([
    ['the certificate', leaf.der],
    ['its public key', leaf.spki],
  ])('%s is Verified', (_, octets) => {
    expect(said([leaf, root], policy('fingerprint', of(octets)))).toBe('Verified');
  });

  it('any other is Untrusted, whoever vouches for it', () => {
    expect(said([leaf, root], policy('fingerprint', { ...of(root.der), ...trustsRoot }))).toBe(
      'Untrusted, not ok: 0 num=65:no matching DANE TLSA records',
    );
    expect(said([leaf], policy('fingerprint'))).toMatch(/^Untrusted, not ok/);
  });
});

describe.each(['verify', 'secure'] as const)('judge(): %s', (level) => {
  it('is Verified by a trusted authority and a name that is asked for', () => {
    expect(said([leaf], policy(level, trustsRoot))).toBe('Verified');
    const below = [{ below: 'example.org' }];
    expect(said([leaf], policy(level, { ...trustsRoot, referenceNames: below }))).toBe('Verified');
  });

  it.each([
    ['another name', ['example.org']],
    ['the name of a neighbour', [{ below: 'ample.org' }]],
    ['the domain itself, where names below are asked for', [{ below: host }]],
    ['no name at all', []],
  ])('%s is Trusted, and stops the mail', (_, referenceNames) => {
    expect(said([leaf], policy(level, { ...trustsRoot, referenceNames }))).toBe(
      'Trusted, not ok: 0 num=62:hostname mismatch',
    );
  });

  it.each([
    ['an authority nobody trusts', leaf, trustsNobody, '0 untrusted issuer /CN=Root'],
    ['itself', selfSigned, trustsRoot, '0 self-signed certificate'],
    ['a trusted authority, once', expired, trustsRoot, '0 certificate has expired'],
  ] as const)('vouched for by %s: Untrusted, and stops the mail', (_, server, trust, why) => {
    expect(said([server], policy(level, trust))).toBe(`Untrusted, not ok: ${why}`);
  });

  it('TLSA records of the DNS have no say', () => {
    expect(
      said([selfSigned], policy(level, { ...trustsRoot, tlsa: [tlsaFor(selfSigned, '3 1 1')] })),
    ).toMatch(/^Untrusted, not ok/);
  });
});

describe('judge(): verify with trust anchors of its own', () => {
  const anchored = (
    anchor: TestCertificate,
    label = 'CERTIFICATE',
    part: Partial<UsableHost> = {},
  ): UsableHost => {
    const block = label === 'CERTIFICATE' ? anchor.der : anchor.spki;
    const tlsa = anchorRecords(pemOf(block).replaceAll('CERTIFICATE', label)) ?? [];
    return policy('verify', { tlsa, ...part });
  };

  it.each([
    ['the authority', leaf, root, 'CERTIFICATE'],
    ['the key of the authority', leaf, root, 'PUBLIC KEY'],
    ['the server itself', selfSigned, selfSigned, 'CERTIFICATE'],
    ['the key of the server', selfSigned, selfSigned, 'PUBLIC KEY'],
  ])('%s', (_, server, anchor, label) => {
    expect(said([server], anchored(anchor, label))).toBe('Verified');
    expect(said([], anchored(anchor, label))).toBe('Anonymous, not ok: 0 no certificate');
    const elsewhere = { referenceNames: ['other.test'] };
    expect(said([server], anchored(anchor, label, elsewhere))).toBe(
      'Trusted, not ok: 0 num=62:hostname mismatch',
    );
    expect(said([server], anchored(makeAuthority('Root'), label))).toMatch(/^Untrusted, not ok/);
  });
});

describe('judge(): none, may and encrypt', () => {
  it('none: nobody asks, and nothing is refused', () => {
    expect(said([selfSigned], policy('none'))).toBe('Untrusted');
  });

  it.each(['may', 'encrypt'] as const)(
    '%s: Trusted if an authority vouches for the host, under any name',
    (level) => {
      const asked = { ...trustsRoot, referenceNames: [] };
      expect(said([leaf], policy(level, asked))).toBe('Trusted');
      expect(said([selfSigned], policy(level, asked))).toBe('Untrusted');
      expect(said([expired], policy(level, asked))).toBe('Untrusted');
    },
  );

  it('Untrusted where nobody has named an authority', () => {
    expect(said([leaf], policy('may'))).toBe('Untrusted');
  });
});
