import { expect, test } from 'vitest';
import { day, makeAuthority, makeCertificate, now, pemOf } from '../../../test/support/test-ca.ts';
import { readAuthorities } from './authorities.ts';
import { verifyDnsId } from './verify-dns-id.ts';

const root = makeAuthority('Root');
const authorities = readAuthorities(pemOf(root.der));
const name = 'mx.example.org';

function verdict(
  options: Parameters<typeof makeCertificate>[0],
  issuer: typeof root | undefined = root,
): string {
  const found = verifyDnsId([makeCertificate(options, issuer).der], authorities, name, now);
  return found.kind === 'mismatch' ? found.cause : found.kind;
}

test.each<[string, Parameters<typeof makeCertificate>[0], string]>([
  ['the name itself', { names: [name] }, 'verified'],
  ['in capitals', { names: ['MX.EXAMPLE.ORG'] }, 'verified'],
  ['among others', { names: ['a.example.org', name] }, 'verified'],
  ['a wildcard', { names: ['*.example.org'] }, 'verified'],
  ['a wildcard for more labels', { names: ['*.org'] }, 'name mismatch'],
  ['a part of a wildcard label', { names: ['m*.example.org'] }, 'name mismatch'],
  ['the domain above', { names: ['example.org'] }, 'name mismatch'],
  ['another name', { names: ['other.example.org'] }, 'name mismatch'],
  ['only the Common Name', { subject: name }, 'name mismatch'],
  ['the Common Name beside another name', { subject: name, names: ['other.example.org'] }, 'name mismatch'],
  ['expired', { names: [name], notAfter: now - day }, 'expired'],
])('%s', (_, options, expected) => {
  expect(verdict(options)).toBe(expected);
});

test('of an authority that is not trusted, and of none', () => {
  expect(verdict({ names: [name] }, makeAuthority('Other'))).toBe('untrusted issuer');
  expect(verifyDnsId([makeCertificate({ names: [name] }).der], authorities, name, now)).toMatchObject({
    cause: 'self-signed',
  });
  expect(verifyDnsId([], authorities, name, now)).toMatchObject({ cause: 'no certificate' });
});
