import { describe, expect, test } from 'vitest';
import {
  day,
  generalName,
  keyUsageBits,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  purposes,
  rsaKeys,
} from '../../../test/support/test-ca.ts';
import type { TestCertificate } from '../../../test/support/test-ca.ts';
import { readAuthorities } from './authorities.ts';
import { budgetOf } from './budget.ts';
import { verifyAuthority, verifyAuthorityWithin } from './verify-authority.ts';

const host = 'mx.example.test';
const expired = { notBefore: now - 60 * day, notAfter: now - day };
const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: [host] }, intermediate);
const selfSigned = makeCertificate({ names: [host] });
const stranger = makeAuthority('Stranger');

function authoritiesOf(...certificates: readonly TestCertificate[]) {
  return readAuthorities(certificates.map(({ der }) => pemOf(der)).join(''));
}

/** `vouched`, or the depth and detail of the mismatch. */
function word(chain: readonly TestCertificate[], trusted: readonly TestCertificate[] = [root]): string {
  const verdict = verifyAuthority(
    chain.map(({ der }) => der),
    authoritiesOf(...trusted),
    now,
  );
  return verdict.kind === 'vouched' ? 'vouched' : `${verdict.depth} ${verdict.detail}`;
}

describe('verifyAuthority(): a path to a trusted root, RFC 5280 §6.1', () => {
  const crossed = makeAuthority('Root', { keys: root.keys }, stranger);

  test.each<[string, TestCertificate[], TestCertificate[]]>([
    ['root not sent', [leaf, intermediate], [root]],
    ['root sent', [leaf, intermediate, root], [root]],
    ['out of order, with a stranger in it', [leaf, root, stranger, intermediate], [root]],
    ['the intermediate is known here and was not sent', [leaf], [stranger, intermediate, root]],
    ['issued by the root', [makeCertificate({ names: [host] }, root)], [root]],
    ['a root of the same name and another key', [leaf, intermediate], [makeAuthority('Root'), root]],
    ['a cross certificate to a root nobody trusts', [leaf, intermediate, crossed], [root]],
    ['a self-signed server that is trusted itself', [selfSigned], [selfSigned]],
    ['under any name', [makeCertificate({ names: ['other.test'] }, intermediate), intermediate], [root]],
  ])('%s', (_, chain, trusted) => {
    expect(word(chain, trusted)).toBe('vouched');
  });

  test('tells whose certificate it is', () => {
    const verdict = verifyAuthority([leaf.der, intermediate.der], authoritiesOf(root), now);
    expect(verdict).toMatchObject({ kind: 'vouched', leaf: { dnsNames: [host] } });
  });
});

describe('verifyAuthority(): why not, in the words of Postfix', () => {
  const under = (part: Parameters<typeof makeAuthority>[1]): TestCertificate[] => {
    const authority = makeAuthority('Intermediate', part, root);
    return [makeCertificate({ names: [host] }, authority), authority];
  };
  const served = (part: Parameters<typeof makeCertificate>[0]): TestCertificate[] => [
    makeCertificate({ names: [host], ...part }, intermediate),
    intermediate,
  ];
  const forged = '0 num=7:certificate signature failure';
  const oldRoot = makeAuthority('Root', expired);

  test.each<[string, TestCertificate[], TestCertificate[], string]>([
    ['self-signed', [selfSigned], [root], '0 self-signed certificate'],
    ['self-signed in the name of a root', [selfSigned], [makeAuthority(host)], forged],
    ['a root nobody trusts', [leaf, intermediate, root], [stranger], '2 self-signed certificate'],
    ['an issuer nobody knows', [leaf, intermediate], [stranger], '1 untrusted issuer /CN=Root'],
    ['an intermediate that is missing', [leaf], [root], '0 untrusted issuer /CN=Intermediate'],
    ['no root to the intermediate we have', [leaf], [intermediate], '1 untrusted issuer /CN=Root'],
    ['nobody trusted', [leaf, intermediate], [], '1 untrusted issuer /CN=Root'],
    ['a forged signature', [leaf, makeAuthority('Intermediate', {}, root)], [root], forged],
    ['an expired server', served(expired), [root], '0 certificate has expired'],
    ['an expired intermediate', under(expired), [root], '1 certificate has expired'],
    [
      'an expired root',
      [makeCertificate({ names: [host] }, oldRoot)],
      [oldRoot],
      '1 certificate has expired',
    ],
    [
      'an expired server that is its own root',
      [makeCertificate({ names: [host], ...expired })],
      [],
      '0 self-signed certificate',
    ],
    [
      'early',
      served({ notBefore: now + day, notAfter: now + 2 * day }),
      [root],
      '0 certificate not yet valid',
    ],
    [
      'for clients only',
      served({ extendedKeyUsage: [purposes.clientAuth] }),
      [root],
      '0 not designated for use as a server certificate',
    ],
    ['an intermediate that is no authority', under({ ca: false }), [root], '1 num=79:invalid CA certificate'],
    [
      'an intermediate that may not sign',
      under({ keyUsage: [keyUsageBits.digitalSignature] }),
      [root],
      '1 num=79:invalid CA certificate',
    ],
    [
      'a name the intermediate may not vouch for',
      under({ nameConstraints: { permitted: [generalName.dns('other.test')] } }),
      [root],
      '0 num=47:permitted subtree violation',
    ],
    ['a weak key', served({ keys: rsaKeys(512) }), [root], '0 num=66:EE certificate key too weak'],
  ])('%s', (_, chain, trusted, expected) => {
    expect(word(chain, trusted)).toBe(expected);
  });

  test('an expired server that is trusted itself', () => {
    const old = makeCertificate({ names: [host], ...expired });
    expect(word([old], [old])).toBe('0 certificate has expired');
  });

  test('no certificate, and what is none', () => {
    expect(word([])).toBe('0 no certificate');
    expect(verifyAuthority([Buffer.from('x')], authoritiesOf(root), now)).toMatchObject({
      cause: 'malformed certificate',
    });
  });

  test('a chain in a circle ends', () => {
    const [a, b] = [makeAuthority('A', {}, stranger), makeAuthority('B', {}, stranger)];
    const ring = [makeAuthority('A', { keys: a.keys }, b), makeAuthority('B', { keys: b.keys }, a)];
    const server = makeCertificate({ names: [host] }, a);
    expect(word([server, ...ring], [root])).toMatch(/untrusted issuer/);
  });
});

describe('verifyAuthority(): of several paths that fail', () => {
  const old = makeAuthority('Old', expired);
  const twin = makeAuthority('Old');
  const issued = makeCertificate({ names: [host] }, old);

  test.each([
    ['before', [old, twin]],
    ['after', [twin, old]],
  ])('the one that came closest is told: %s one that is none', (_, trusted) => {
    expect(word([issued], trusted)).toBe('1 certificate has expired');
  });

  test('the first of those that came as close', () => {
    const [early, late] = [
      makeAuthority('Both', { ...expired, keys: old.keys }),
      makeAuthority('Both', { notBefore: now + day, keys: old.keys }),
    ];
    const server = makeCertificate({ names: [host] }, early);
    expect(word([server], [early, late])).toBe('1 certificate has expired');
    expect(word([server], [late, early])).toBe('1 certificate not yet valid');
  });

  test('an issuer that nobody knows is an untrusted one', () => {
    const verdict = verifyAuthority([leaf.der], authoritiesOf(stranger), now);
    expect(verdict).toMatchObject({ cause: 'untrusted issuer', depth: 0 });
  });

  test('a copy of an authority among what was sent makes no difference', () => {
    expect(word([leaf, intermediate, root, root], [root])).toBe('vouched');
    expect(word([issued, old, old], [old])).toBe('1 certificate has expired');
  });
});

describe('verifyAuthority(): bounded whatever is sent', () => {
  test('the path to an authority of the operator’s is not hidden by certificates of its name', () => {
    const twins = Array.from({ length: 200 }, () => makeAuthority('Root'));
    const others = Array.from({ length: 60 }, (_, index) => makeAuthority(`Other ${index}`));
    expect(word([leaf, ...twins, intermediate])).toBe('vouched');
    expect(word([leaf, ...others, intermediate])).toBe('vouched');
  });

  test('what is found by more work than there is to spend vouches for nobody', () => {
    const chain = [leaf, intermediate].map(({ der }) => der);
    const enough = budgetOf();
    expect(verifyAuthorityWithin(enough, chain, authoritiesOf(root), now).kind).toBe('vouched');
    for (let units = 0; units < enough.paid(); units += 7) {
      const verdict = verifyAuthorityWithin(budgetOf(units), chain, authoritiesOf(root), now);
      expect(verdict).toMatchObject({ kind: 'mismatch', cause: 'too much work' });
    }
  });
});
