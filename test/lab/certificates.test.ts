import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { day, purposes } from '../support/test-ca.ts';
import {
  makeCertificate,
  makeChain,
  tlsaRecord,
  wrongDigit,
  type CertificateOptions,
  type Chain,
  type TlsaParameters,
} from './certificates.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(path.join(tmpdir(), 'lab-certificates-'));
});
afterAll(() => rmSync(directory, { recursive: true }));

/** What OpenSSL says of the chain as a mail server's: `OK`, or the text of its error. */
function opensslVerdict(chain: Chain): string {
  for (const part of ['leaf', 'intermediate', 'root'] as const) {
    writeFileSync(path.join(directory, part), chain[part].pem);
  }
  const purpose = ['-purpose', 'sslserver', '-CAfile', 'root', '-untrusted', 'intermediate', 'leaf'];
  try {
    return execFileSync('openssl', ['verify', ...purpose], { cwd: directory, stdio: 'pipe' }).toString();
  } catch (error) {
    return String((error as { stderr: Buffer }).stderr);
  }
}

test('makeCertificate(): a self-signed certificate shows its names, with either kind of key', async () => {
  for (const key of ['P-256', 'RSA-2048'] as const) {
    const { pem, privateKeyPem } = await makeCertificate({ names: ['mx.good.test'], key });
    const certificate = new X509Certificate(pem);
    expect(certificate.checkHost('mx.good.test')).toBe('mx.good.test');
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(privateKeyPem).toContain('BEGIN PRIVATE KEY');
  }
});

test('makeCertificate(): a common name alone makes no alternative name', async () => {
  const { der } = await makeCertificate({ commonName: 'mx.good.test' });
  expect(new X509Certificate(der).subjectAltName).toBeUndefined();
  expect(new X509Certificate(der).subject).toBe('CN=mx.good.test');
});

describe('makeChain()', () => {
  const last = { notBefore: new Date(Date.now() - 9 * day), notAfter: new Date(Date.now() - day) };
  const next = { notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 9 * day) };
  test.each<[string, Partial<Record<keyof Chain, CertificateOptions>>, RegExp]>([
    ['a sound chain', {}, /OK/],
    ['an RSA chain', { root: { key: 'RSA-2048' }, leaf: { key: 'RSA-2048', names: ['mx.ta.test'] } }, /OK/],
    ['an expired leaf', { leaf: last }, /has expired/],
    ['a leaf not yet valid', { leaf: next }, /not yet valid/],
    ['an issuer that is no authority', { intermediate: { authority: false } }, /invalid CA/],
    ['an issuer without basicConstraints', { intermediate: { authority: 'absent' } }, /invalid CA/],
    ['too long a path', { root: { pathLength: 0 } }, /path length/],
    ['a leaf for clients', { leaf: { extendedKeyUsage: [purposes.clientAuth] } }, /purpose/],
    [
      'a name outside',
      { intermediate: { nameConstraints: { permitted: ['other.test'] } } },
      /permitted subtree/,
    ],
    ['a name inside', { intermediate: { nameConstraints: { permitted: ['ta.test'] } } }, /OK/],
    ['a name left out', { root: { nameConstraints: { excluded: ['ta.test'] } } }, /excluded subtree/],
    ['an unknown critical extension', { leaf: { unknownCriticalExtension: true } }, /critical extension/],
  ])('%s is seen as such by OpenSSL', async (_, part, verdict) => {
    expect(opensslVerdict(await makeChain(['mx.ta.test'], part))).toMatch(verdict);
  });
});

test('tlsaRecord(): agrees with the openssl pipeline of the tutorials', async () => {
  const certificate = await makeCertificate({ names: ['mx.good.test'] });
  writeFileSync(path.join(directory, 'one'), certificate.pem);
  const data = (parameters: TlsaParameters) => tlsaRecord(certificate, parameters).split(' ').at(-1);
  const shell = (command: string) => execFileSync('sh', ['-c', command], { cwd: directory }).toString();
  expect(shell('openssl x509 -in one -outform DER | openssl sha256')).toContain(data('3 0 1'));
  expect(
    shell('openssl x509 -in one -noout -pubkey | openssl pkey -pubin -outform DER | openssl sha512'),
  ).toContain(data('3 1 2'));
  expect(tlsaRecord(certificate, '3 0 0')).toBe(`TLSA 3 0 0 ${certificate.der.toString('hex')}`);
});

test('wrongDigit(): alters one digit and nothing else', () => {
  expect(wrongDigit('TLSA 3 1 1 00ff')).toBe('TLSA 3 1 1 00fe');
  expect(wrongDigit('TLSA 3 1 1 00f0')).toBe('TLSA 3 1 1 00f1');
});
