import { describe, expect, test } from 'vitest';
import { makeAuthority, pemOf } from '../../../test/support/test-ca.ts';
import { readAuthorities } from './authorities.ts';
import { parseCertificate } from './certificate.ts';
import { nameKey } from './distinguished-name.ts';

const root = makeAuthority('Root');
const twin = makeAuthority('Root');
const intermediate = makeAuthority('Intermediate', {}, root);

function subjectOf(der: Uint8Array): string {
  const certificate = parseCertificate(der);
  return certificate === undefined ? '' : nameKey(certificate.subject);
}

describe('readAuthorities()', () => {
  const authorities = readAuthorities([root, twin, intermediate].map(({ der }) => pemOf(der)).join('text\n'));

  test('finds all that have a name', () => {
    expect(authorities.count).toBe(3);
    expect(authorities.named(subjectOf(root.der)).map(({ der }) => der)).toEqual([root.der, twin.der]);
    expect(authorities.named('nobody')).toEqual([]);
  });

  test('a certificate that calls itself something else is none', () => {
    const pem = pemOf(root.der).replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE');
    expect(readAuthorities(pem + pemOf(intermediate.der)).count).toBe(1);
  });

  test('those that are self-issued are roots', () => {
    expect(authorities.named(subjectOf(root.der)).map(authorities.isRoot)).toEqual([true, true]);
    expect(authorities.named(subjectOf(intermediate.der)).map(authorities.isRoot)).toEqual([false]);
  });

  test('an equal certificate that somebody sent is not the one it holds', () => {
    const sent = parseCertificate(root.der);
    expect(sent !== undefined && authorities.isRoot(sent)).toBe(false);
  });

  test('the id tells one set from another', () => {
    const id = (...certificates: readonly { readonly der: Buffer }[]): string =>
      readAuthorities(certificates.map(({ der }) => pemOf(der)).join('')).id;
    expect(id(root)).toBe(id(root));
    expect(new Set([id(), id(root), id(twin), id(root, twin)]).size).toBe(4);
  });

  test('passes over what it cannot read', () => {
    const broken = pemOf(Buffer.from('no certificate'));
    expect(readAuthorities(`${broken}${pemOf(root.der)}`).count).toBe(1);
    expect(readAuthorities('nothing').count).toBe(0);
  });
});
