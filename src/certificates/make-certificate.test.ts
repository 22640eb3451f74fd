import { createPrivateKey, generateKeyPairSync, X509Certificate } from 'node:crypto';
import { beforeAll, describe, expect, test } from 'vitest';
import { readAuthorities } from '../core/dane/authorities.ts';
import { readPem } from '../core/dane/pem.ts';
import { verifyAuthority } from '../core/dane/verify-authority.ts';
import { CertificateError } from './certificate-error.ts';
import { issueCertificate, makeAuthority, makeRequest } from './make-certificate.ts';
import { newPrivateKey } from './private-key.ts';

const now = Date.UTC(2026, 10, 29);
const day = 24 * 60 * 60 * 1000;
const validity = { notBefore: new Date(now - day), notAfter: new Date(now + 90 * day) };
const shown = {
  names: ['relay.example.org', 'localhost'],
  addresses: ['192.0.2.25', '127.0.0.1', '::1', '2001:db8::25'],
};

function rsaKey(): string {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

describe('a certificate of a private authority', () => {
  let authority = { certificatePem: '', privateKeyPem: '' };
  beforeAll(async () => {
    const privateKeyPem = await newPrivateKey();
    const certificatePem = await makeAuthority(privateKeyPem, 'relay.example.org', shown, validity);
    authority = { certificatePem, privateKeyPem };
  });

  const issue = async (names = shown.names, addresses: readonly string[] = shown.addresses, key?: string) =>
    issueCertificate(authority, key ?? (await newPrivateKey()), { names, addresses }, validity);
  const judge = (pem: string, at = now) =>
    verifyAuthority(
      readPem(pem).map(({ der }) => der),
      readAuthorities(authority.certificatePem),
      at,
    );

  test('shows all names and addresses, has the key, and was issued by it', async () => {
    const key = await newPrivateKey();
    const certificate = new X509Certificate(await issue(undefined, undefined, key));
    expect(certificate.subjectAltName).toBe(
      'DNS:relay.example.org, DNS:localhost, IP Address:192.0.2.25, IP Address:127.0.0.1, ' +
        'IP Address:0:0:0:0:0:0:0:1, IP Address:2001:DB8:0:0:0:0:0:25',
    );
    expect(certificate.checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(certificate.checkIssued(new X509Certificate(authority.certificatePem))).toBe(true);
    expect([certificate.ca, Date.parse(certificate.validTo)]).toEqual([false, now + 90 * day]);
  });

  test('is good by our own judgement, and no longer than it lasts', async () => {
    const pem = await issue();
    expect(judge(pem)).toMatchObject({ kind: 'vouched' });
    expect(judge(pem, now + 91 * day)).toMatchObject({ cause: 'expired' });
  });

  test.each<[string, string[], string[]]>([
    ['a name below one of its own', ['mx.relay.example.org'], []],
    ['a private address', ['localhost'], ['10.9.8.7', '172.31.0.1', '192.168.200.4', 'fd00::5', '127.9.9.9']],
    ['another address in the /64 of one of its own', ['localhost'], ['2001:db8::1:2:3:4']],
  ])('may be for %s', async (_, names, addresses) => {
    expect(judge(await issue(names, addresses))).toMatchObject({ kind: 'vouched' });
  });

  test.each<[string, string[], string[]]>([
    ['another name', ['www.example.com'], []],
    ['a name above its own', ['example.org'], []],
    ['an address of somebody else', ['localhost'], ['192.0.2.26']],
    ['an address of another /64', ['localhost'], ['2001:db8:0:1::25']],
    ['an address beside a private network', ['localhost'], ['172.32.0.1']],
  ])('is worth nothing for %s', async (_, names, addresses) => {
    expect(judge(await issue(names, addresses))).toMatchObject({ cause: 'name constraint' });
  });

  test.each([
    ['RSA', rsaKey],
    ['P-384', () => ecKey('P-384')],
  ])('takes a key of the operator: %s', async (_, makeKey) => {
    const key = makeKey();
    const pem = await issue(undefined, undefined, key);
    expect(new X509Certificate(pem).checkPrivateKey(createPrivateKey(key))).toBe(true);
    expect(judge(pem)).toMatchObject({ kind: 'vouched' });
  });

  test('may have names that are too long for a subject', async () => {
    const long = `${'a'.repeat(60)}.${'b'.repeat(60)}.relay.example.org`;
    const pem = await issue([long], []);
    expect(new X509Certificate(pem).subject).toBe('CN=dane-relay');
    expect(judge(pem)).toMatchObject({ kind: 'vouched' });
  });
});

function ecKey(namedCurve: string): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

test('authorities that are made one after the other have different names', async () => {
  const made = await Promise.all(
    [1, 2].map(async () => makeAuthority(await newPrivateKey(), 'relay.example.org', shown, validity)),
  );
  const [first, second] = made.map((pem) => new X509Certificate(pem).subject);
  expect(first).toMatch(/^CN=dane-relay CA [0-9a-f]{8} of relay\.example\.org$/);
  expect(second).not.toBe(first);
});

test('after 2049 dates have four digits of the year', async () => {
  const late = { notBefore: new Date(now), notAfter: new Date(Date.UTC(2051, 0, 1)) };
  const pem = await makeAuthority(await newPrivateKey(), 'relay.example.org', shown, late);
  expect(new X509Certificate(pem).validTo).toBe('Jan  1 00:00:00 2051 GMT');
});

test.each([
  ['no key', 'nonsense'],
  [
    'a key that no web client takes',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  ],
])('makeRequest() refuses %s', async (_, key) => {
  await expect(makeRequest(key, shown)).rejects.toBeInstanceOf(CertificateError);
});

test('issueCertificate() refuses an authority that is none', async () => {
  const key = await newPrivateKey();
  const authority = { certificatePem: 'nonsense', privateKeyPem: key };
  await expect(issueCertificate(authority, key, shown, validity)).rejects.toBeInstanceOf(CertificateError);
});
