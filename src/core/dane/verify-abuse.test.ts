import { describe, expect, test } from 'vitest';
import { der } from '../../../test/support/der-writer.ts';
import {
  day,
  extension,
  makeAuthority,
  makeCertificate,
  now,
  pemOf,
  tlsaFor,
} from '../../../test/support/test-ca.ts';
import type { TestCertificate } from '../../../test/support/test-ca.ts';
import type { TlsaRecord } from '../dns/record.ts';
import { screen } from './tlsa.ts';
import { budgetOf } from './budget.ts';
import { verifyDane, verifyDaneWithin } from './verify.ts';

const host = 'mx.example.test';
const root = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);
const leaf = makeCertificate({ names: [host] }, intermediate);
const stranger = makeAuthority('Stranger');
const expired = { notBefore: now - 60 * day, notAfter: now - day };

/** `3 1 1 at 0`, or the cause of the mismatch. */
function verdictOn(chain: readonly TestCertificate[], records: readonly TlsaRecord[]): string {
  const verdict = verifyDane(
    chain.map((each) => each.der),
    records,
    [host, 'example.test'],
    now,
  );
  if (verdict.kind === 'mismatch') return verdict.cause;
  const { usage, selector, matching } = verdict.record;
  return `${usage} ${selector} ${matching} at ${verdict.depth}`;
}

describe('verifyDane(): holes that other DANE clients had', () => {
  const chainOf = (server: TestCertificate): TestCertificate[] => [server, intermediate, root];
  const anchor = [tlsaFor(root, '2 1 1')];

  test('a certificate of the same authority for somebody else’s name', () => {
    expect(verdictOn(chainOf(makeCertificate({ names: ['attacker.test'] }, intermediate)), anchor)).toBe(
      'name mismatch',
    );
  });

  test('a leaf that plays authority', () => {
    const bought = makeCertificate({ names: ['attacker.test'] }, intermediate);
    const forged = makeCertificate({ names: [host] }, bought);
    expect(verdictOn([forged, bought, intermediate, root], anchor)).toBe('invalid CA');
    const withConstraints = makeCertificate({ names: ['attacker.test'], ca: false }, intermediate);
    expect(
      verdictOn(
        [makeCertificate({ names: [host] }, withConstraints), withConstraints, intermediate, root],
        anchor,
      ),
    ).toBe('invalid CA');
  });

  test('a leaf that expired long ago', () => {
    expect(verdictOn(chainOf(makeCertificate({ names: [host], ...expired }, intermediate)), anchor)).toBe(
      'expired',
    );
  });

  test.each(['0 0 1', '0 1 1', '1 0 1', '1 1 1', '0 0 0', '1 1 0'])(
    'PKIX usage %s taken for its DANE sibling',
    (parameters) => {
      const records = [tlsaFor(leaf, parameters), tlsaFor(root, parameters)];
      expect(screen(records, 'owner').usable).toEqual([]);
      expect(verdictOn(chainOf(leaf), records)).toBe('no matching record');
    },
  );

  test.each([
    ['matching type 3 as Full(0)', { ...tlsaFor(leaf, '3 0 0'), matching: 3 }],
    ['matching type 9 as Full(0)', { ...tlsaFor(leaf, '3 0 0'), matching: 9 }],
    ['selector 7 as Cert(0), digested', { ...tlsaFor(leaf, '3 0 1'), selector: 7 }],
    ['selector 2 as Cert(0)', { ...tlsaFor(leaf, '3 0 0'), selector: 2 }],
    ['selector 2 as Cert(0) of the anchor', { ...tlsaFor(root, '2 0 0'), selector: 2 }],
  ])('%s', (_, record) => {
    expect(verdictOn(chainOf(leaf), [record])).toBe('no matching record');
  });

  test('no digest agility', () => {
    expect(verdictOn([leaf], [tlsaFor(stranger, '3 1 2'), tlsaFor(leaf, '3 1 1')])).toBe(
      'no matching record',
    );
  });

  test('2 0 0 refused because the anchor is not sent', () => {
    expect(verdictOn([leaf, intermediate], [tlsaFor(root, '2 0 0')])).toBe('2 0 0 at 2');
  });

  test('usage 2 taken for the leaf itself', () => {
    expect(verdictOn(chainOf(leaf), [tlsaFor(leaf, '2 1 1')])).toBe('no matching record');
    expect(verdictOn([leaf], [tlsaFor(leaf, '2 0 0')])).toBe('no matching record');
  });

  test('somebody else’s certificate as PEM text inside a forged one', () => {
    const trap = extension('1.3.6.1.4.1.99999.1', false, der(0x04, `\n${pemOf(leaf.der)}`));
    const forged = makeCertificate(
      { names: [host], extensions: [trap] },
      { ...intermediate, keys: stranger.keys },
    );
    expect(verdictOn(chainOf(forged), [tlsaFor(intermediate, '2 1 1')])).toBe('bad signature');
    expect(verdictOn(chainOf(forged), [tlsaFor(intermediate, '2 1 0')])).toBe('bad signature');
  });
});

describe('verifyDane(): bounded whatever is sent', () => {
  test('what is found by more work than there is to spend is no match', () => {
    const records = [tlsaFor(root, '2 1 1')];
    const chain = [leaf, intermediate, root].map((each) => each.der);
    const enough = budgetOf();
    expect(verifyDaneWithin(enough, chain, records, [host], now).kind).toBe('matched');
    expect(enough.paid()).toBeLessThan(2500);
    for (let units = 0; units < enough.paid(); units += 7) {
      const verdict = verifyDaneWithin(budgetOf(units), chain, records, [host], now);
      expect(verdict).toMatchObject({ kind: 'mismatch', cause: 'too much work' });
    }
  });

  test('a certificate of the server’s own as large as OpenSSL lets pass is matched by DANE-EE', () => {
    const names = Array.from({ length: 8_000 }, (_, index) => `n${index}.test`);
    const large = makeCertificate({ names, keys: leaf.keys });
    const forms = ['3 0 0', '3 0 1', '3 0 2', '3 1 0', '3 1 1', '3 1 2'];
    for (const form of forms) expect(verdictOn([large], [tlsaFor(large, form)])).toBe(`${form} at 0`);
    const strangers = forms.map((form) => tlsaFor(stranger, form));
    expect(verdictOn([large], [...strangers.slice(0, 4), tlsaFor(large, '3 1 0')])).toBe('3 1 0 at 0');
  });

  test('hundreds of authorities of one name', () => {
    const many = Array.from({ length: 70 }, () => makeAuthority('Intermediate'));
    const anchor = [tlsaFor(root, '2 1 1')];
    expect(verdictOn([leaf, ...many, root], anchor)).toBe('too much work');
    // It is the one that the key identifier names.
    expect(verdictOn([leaf, ...many, intermediate, root], anchor)).toBe('2 1 1 at 2');
    expect(verdictOn([leaf, ...many.slice(0, 20), root], anchor)).toBe('no matching record');
    expect(verdictOn([leaf, ...many.slice(0, 20), intermediate, root], anchor)).toBe('2 1 1 at 2');
  });

  test('an authority behind twenty of its name, without key identifiers', () => {
    const issuer = makeAuthority('Plain', { keyIds: false }, root);
    const server = makeCertificate({ names: [host], keyIds: false }, issuer);
    const impostors = Array.from({ length: 20 }, () => makeAuthority('Plain', { keyIds: false }));
    expect(verdictOn([server, ...impostors, issuer, root], [tlsaFor(root, '2 1 1')])).toBe('2 1 1 at 2');
  });

  test.each(['2 0 1', '2 1 1', '2 1 0', '2 0 0'])(
    'a server that sends a whole bundle, its authorities behind a hundred others: %s',
    (form) => {
      const bundle = Array.from({ length: 100 }, (_, index) => makeAuthority(`Other ${index}`));
      expect(verdictOn([leaf, ...bundle, root, intermediate], [tlsaFor(root, form)])).toBe(`${form} at 2`);
    },
  );

  test.each([true, false])('the right one of forty bare keys is the last, key identifiers: %s', (keyIds) => {
    const issuer = makeAuthority('Issuer', { keyIds }, root);
    const server = makeCertificate({ names: [host], keyIds }, issuer);
    const strangers = Array.from({ length: 39 }, () => tlsaFor(makeAuthority('Stranger'), '2 1 0'));
    expect(verdictOn([server], [...strangers, tlsaFor(issuer, '2 1 0')])).toBe('2 1 0 at 0');
    expect(verdictOn([server, issuer], [...strangers, tlsaFor(root, '2 1 0')])).toBe('2 1 0 at 1');
  });

  test('of more bare keys than can be tried the one that the certificate names is tried first', () => {
    const strangers = Array.from({ length: 120 }, () => tlsaFor(makeAuthority('Stranger'), '2 1 0'));
    expect(verdictOn([leaf], [...strangers, tlsaFor(intermediate, '2 1 0')])).toBe('2 1 0 at 0');
    const unnamed = makeCertificate({ names: [host], keyIds: false }, intermediate);
    expect(verdictOn([unnamed], [...strangers, tlsaFor(intermediate, '2 1 0')])).toBe('too much work');
  });

  test('thousands of records', () => {
    const records = Array.from({ length: 1800 }, (_, index) => ({
      ...tlsaFor(stranger, '2 1 1'),
      data: Buffer.alloc(32, index),
    }));
    const budget = budgetOf();
    const chain = [leaf, intermediate, root].map((each) => each.der);
    const all = [...records, tlsaFor(stranger, '3 1 1'), tlsaFor(root, '2 1 1')];
    expect(verifyDaneWithin(budget, chain, all, [host], now)).toMatchObject({ kind: 'matched', depth: 2 });
    expect(budget.paid()).toBeLessThan(2500);
  });
});
