import { describe, expect, test } from 'vitest';
import { der } from '../../../test/support/der-writer.ts';
import { attributeTypes, generalName, makeCertificate, name } from '../../../test/support/test-ca.ts';
import type { TestCertificateOptions } from '../../../test/support/test-ca.ts';
import { budgetOf } from './budget.ts';
import { parseCertificate } from './certificate.ts';
import type { Certificate } from './certificate.ts';
import { readValue } from './der.ts';
import type { GeneralName } from './extensions.ts';
import { constraintCheck } from './name-constraints.ts';

const { dns, directory, address, mail, uri } = generalName;
const { country, organization, commonName } = attributeTypes;

function generalNames(encodings: readonly Buffer[] = []): GeneralName[] {
  return encodings.flatMap((encoding) => readValue(encoding, encoding[0] ?? 0) ?? []);
}

function broken(
  options: TestCertificateOptions,
  constraints: { permitted?: readonly Buffer[]; excluded?: readonly Buffer[] },
  isLeaf = true,
  budget = budgetOf(),
): string | undefined {
  const certificate = parseCertificate(makeCertificate({ subject: name(), ...options }).der);
  if (certificate === undefined) throw new Error('the test certificate does not parse');
  const { permitted, excluded } = constraints;
  const nameConstraints = { permitted: generalNames(permitted), excluded: generalNames(excluded) };
  return constraintCheck(budget)(certificate, { ...certificate, nameConstraints }, isLeaf);
}

describe('constraintCheck(): RFC 5280 §4.2.1.10', () => {
  test.each([
    ['the base itself', 'example.com', 'example.com', undefined],
    ['a name below', 'mx.example.com', 'example.com', undefined],
    ['in another case', 'MX.example.com', 'Example.COM', undefined],
    ['a name that only ends the same', 'mxexample.com', 'example.com', 'permitted'],
    ['the parent', 'com', 'example.com', 'permitted'],
    ['a base with a dot holds names below', 'mx.example.com', '.example.com', undefined],
    ['but not itself', 'example.com', '.example.com', 'permitted'],
    ['the empty base holds all', 'mx.example.com', '', undefined],
    ['a wildcard below', '*.example.com', 'example.com', undefined],
    ['a wildcard above', '*.example.com', 'mx.example.com', 'permitted'],
  ])('permitted dNSName: %s', (_, shown, base, expected) => {
    expect(broken({ names: [shown] }, { permitted: [dns(base)] })).toBe(expected);
  });

  test.each([
    ['outside', 'mx.example.org', 'example.com', undefined],
    ['the base itself', 'example.com', 'example.com', 'excluded'],
    ['below', 'mx.example.com', 'example.com', 'excluded'],
    ['the empty base', 'mx.example.com', '', 'excluded'],
    ['a wildcard that reaches the base', '*.example.com', 'mx.example.com', 'excluded'],
    ['a wildcard that does not reach as far', '*.example.com', 'a.mx.example.com', undefined],
    ['a wildcard elsewhere', '*.example.org', 'mx.example.com', undefined],
  ])('excluded dNSName: %s', (_, shown, base, expected) => {
    expect(broken({ names: [shown] }, { excluded: [dns(base)] })).toBe(expected);
  });

  test('every name must be permitted, each by any subtree', () => {
    const permitted = [dns('a.test'), dns('b.test')];
    expect(broken({ names: ['x.a.test', 'b.test'] }, { permitted })).toBeUndefined();
    expect(broken({ names: ['x.a.test', 'c.test'] }, { permitted })).toBe('permitted');
  });

  test('an excluded subtree inside a permitted one', () => {
    const constraints = { permitted: [dns('a.test')], excluded: [dns('no.a.test')] };
    expect(broken({ names: ['yes.a.test'] }, constraints)).toBeUndefined();
    expect(broken({ names: ['no.a.test'] }, constraints)).toBe('excluded');
  });

  test('a form that is not constrained is free', () => {
    expect(broken({ names: ['mx.example.com'] }, { permitted: [mail('example.org')] })).toBeUndefined();
    expect(
      broken({ altNames: [mail('a@b.test'), uri('http://b.test/')] }, { permitted: [dns('a.test')] }),
    ).toBeUndefined();
  });

  test('a constrained form that we cannot compare is broken by any name of it', () => {
    expect(broken({ altNames: [mail('a@example.org')] }, { permitted: [mail('example.org')] })).toBe(
      'permitted',
    );
    expect(broken({ altNames: [mail('a@example.org')] }, { excluded: [mail('b.test')] })).toBe('excluded');
    expect(broken({ altNames: [uri('http://a.test/')] }, { permitted: [uri('a.test')] })).toBe('permitted');
  });

  test('a mail address in the subject is one', () => {
    const subject = name(['1.2.840.113549.1.9.1', der(0x16, 'a@b.test')]);
    expect(broken({ subject }, { excluded: [mail('b.test')] })).toBe('excluded');
    expect(broken({ subject }, { excluded: [dns('b.test')] })).toBeUndefined();
  });

  test('the Common Name of a leaf without DNS-ID is bound like a DNS-ID', () => {
    const permitted = [dns('a.test')];
    expect(broken({ subject: 'mx.a.test' }, { permitted })).toBeUndefined();
    expect(broken({ subject: 'mx.b.test' }, { permitted })).toBe('permitted');
    expect(broken({ subject: '*.b.test' }, { permitted })).toBe('permitted');
    expect(broken({ subject: 'Our Server' }, { permitted })).toBeUndefined();
    expect(broken({ subject: 'mx.b.test', names: ['mx.a.test'] }, { permitted })).toBeUndefined();
    expect(broken({ subject: 'mx.b.test' }, { permitted }, false)).toBeUndefined();
  });

  test.each([
    ['below the base', name([country, 'DE'], [organization, 'Example'], [commonName, 'mx']), undefined],
    ['in another case', name([country, 'de'], [organization, 'EXAMPLE']), undefined],
    ['beside it', name([country, 'DE'], [organization, 'Other']), 'permitted'],
    ['above it', name([country, 'DE']), 'permitted'],
    ['empty: no such name', name(), undefined],
  ])('directoryName: a subject %s', (_, subject, expected) => {
    const permitted = [directory(name([country, 'DE'], [organization, 'Example']))];
    expect(broken({ subject }, { permitted })).toBe(expected);
  });

  test('directoryName: an excluded subject', () => {
    const excluded = [directory(name([country, 'DE']))];
    expect(broken({ subject: name([country, 'DE'], [commonName, 'mx']) }, { excluded })).toBe('excluded');
    expect(broken({ subject: name([country, 'FR']) }, { excluded })).toBeUndefined();
  });

  test('directoryName: a subtree that is none excludes everything and permits nothing', () => {
    const nonsense = directory(der(0x04));
    expect(broken({ subject: 'x' }, { excluded: [nonsense] })).toBe('excluded');
    expect(broken({ subject: 'x' }, { permitted: [nonsense] })).toBe('permitted');
    expect(broken({ altNames: [nonsense] }, { permitted: [dns('a.test')] })).toBe('excluded');
  });

  test.each([
    ['inside', [192, 0, 2, 77], undefined],
    ['outside', [192, 0, 3, 77], 'permitted'],
    ['of the other family', Array.from({ length: 16 }, () => 0), 'permitted'],
    ['of no family', [192, 0, 2], 'permitted'],
  ])('iPAddress: an address %s', (_, octets, expected) => {
    const permitted = [address(192, 0, 2, 0, 255, 255, 255, 0)];
    expect(broken({ altNames: [address(...octets)] }, { permitted })).toBe(expected);
  });

  test.each([
    ['inside', [0x20, 1, 0xd, 0xb8, 0, 1], undefined],
    ['outside', [0x20, 1, 0xd, 0xb9, 0, 1], 'permitted'],
  ])('iPAddress of IPv6: an address %s', (_, start, expected) => {
    const whole = (octets: readonly number[]): number[] =>
      Array.from({ length: 16 }, (__, index) => octets[index] ?? 0);
    const permitted = [address(...whole([0x20, 1, 0xd, 0xb8]), ...whole([255, 255, 255, 255]))];
    expect(broken({ altNames: [address(...whole(start))] }, { permitted })).toBe(expected);
  });

  test.each([
    ['a subtree without mask', [192, 0, 2, 1], [192, 0, 2, 1]],
    ['a subtree that is too long', [192, 0, 2, 1, 255, 255, 255, 255, 0], [192, 0, 2, 1]],
    ['an address of five octets', [192, 0, 2, 0, 255, 255, 255, 0], [192, 0, 2, 1, 1]],
    ['half an IPv6 address', Array.from({ length: 16 }, () => 0), [0, 0, 0, 0, 0, 0, 0, 0]],
  ])('iPAddress: %s can be held against nothing', (_, base, octets) => {
    const altNames = [address(...octets)];
    expect(broken({ altNames }, { permitted: [address(...base)] })).toBe('permitted');
    expect(broken({ altNames }, { excluded: [address(...base)] })).toBe('excluded');
  });

  test('directoryName: one among the alternative names counts like the subject', () => {
    const altNames = [directory(name([country, 'DE']))];
    expect(broken({ altNames }, { excluded: [directory(name([country, 'DE']))] })).toBe('excluded');
    expect(broken({ altNames }, { excluded: [directory(name([country, 'FR']))] })).toBeUndefined();
  });

  test('iPAddress: the usual "no addresses at all" leaves names alone', () => {
    const none = (size: number): Buffer => address(...Array.from({ length: size * 2 }, () => 0));
    const excluded = [none(4), none(16)];
    expect(broken({ names: ['mx.example.com'] }, { excluded })).toBeUndefined();
    expect(broken({ altNames: [address(192, 0, 2, 1)] }, { excluded })).toBe('excluded');
  });

  test('thousands of names under thousands of subtrees end with the budget, and are broken', () => {
    const names = Array.from({ length: 1000 }, (_, index) => `${index}.example.com`);
    const permitted = Array.from({ length: 1000 }, () => dns('example.org'));
    const excluded = permitted;
    for (const constraints of [{ permitted: [...permitted, dns('example.com')] }, { excluded }]) {
      const budget = budgetOf();
      expect(broken({ names }, constraints, true, budget)).toBeDefined();
      expect(budget.isSpent()).toBe(true);
      const enough = budgetOf();
      expect(broken({ names: names.slice(0, 10) }, constraints, true, enough)).toBeUndefined();
      expect(enough.paid()).toBeGreaterThan(1000);
      expect(enough.isSpent()).toBe(false);
    }
  });

  test('subtrees of another form cost nothing', () => {
    const budget = budgetOf();
    const names = Array.from({ length: 1000 }, (_, index) => `${index}.example.com`);
    const excluded = Array.from({ length: 1000 }, (_, index) => mail(`${index}.example.org`));
    expect(broken({ names }, { excluded }, true, budget)).toBeUndefined();
    expect(budget.paid()).toBeLessThan(15_000);
  });
});

test('constraintCheck(): two certificates are compared once, and each is read once', () => {
  const parse = (options: TestCertificateOptions): Certificate => {
    const certificate = parseCertificate(makeCertificate(options).der);
    if (certificate === undefined) throw new Error('the test certificate does not parse');
    return certificate;
  };
  const named = parse({ names: ['mx.example.com', 'mx.example.org'] });
  const one = parse({ subject: 'one', nameConstraints: { permitted: [dns('example.com')] } });
  const two = parse({ subject: 'two', nameConstraints: { excluded: [dns('example.org')] } });
  const budget = budgetOf();
  const check = constraintCheck(budget);
  expect(check(named, one, true)).toBe('permitted');
  const first = budget.paid();
  expect(check(named, one, true)).toBe('permitted');
  expect(budget.paid()).toBe(first);
  // The names have been read; the subtrees of the other are new.
  expect(check(named, two, true)).toBe('excluded');
  expect(budget.paid() - first).toBeLessThan(first);
  expect(check(named, named, true)).toBeUndefined();
  const poor = budgetOf(1);
  expect(constraintCheck(poor)(named, one, true)).toBe('excluded');
  expect(poor.isSpent()).toBe(true);
});
