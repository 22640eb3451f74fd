import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { publicKeyOf, readSigningKey } from './signing-key.ts';

const pem = (key: { export(options: object): string | Buffer }, type = 'pkcs8'): string =>
  key.export({ type, format: 'pem' }).toString();
const rsa = (modulusLength: number): string =>
  pem(generateKeyPairSync('rsa', { modulusLength }).privateKey, 'pkcs1');

describe('a key', () => {
  test('of RSA signs with SHA-256', () => {
    expect(readSigningKey(rsa(2048))).toMatchObject({ key: { algorithm: 'rsa-sha256', bits: 2048 } });
    expect(readSigningKey(rsa(2048))).not.toHaveProperty('doubt');
  });

  test('of RSA that is short or long is used, with a word', () => {
    expect(readSigningKey(rsa(1024))).toMatchObject({ doubt: 'an RSA key of 1024 bits: 2048 are due' });
    expect(readSigningKey(rsa(4104))).toMatchObject({
      doubt: 'an RSA key of 4104 bits: verifiers need not take more than 4096',
    });
  });

  test('RFC 8301 §3.2: of RSA with less than 1024 bits is none', () => {
    expect(readSigningKey(rsa(768))).toEqual({ problem: 'an RSA key of 768 bits, which nobody verifies' });
  });

  test('may be of Ed25519', () => {
    const { privateKey } = generateKeyPairSync('ed25519');
    expect(readSigningKey(pem(privateKey))).toMatchObject({
      key: { algorithm: 'ed25519-sha256', bits: 256 },
    });
  });

  test.each([
    ['', 'no private key in PEM without a password'],
    [
      '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n',
      'no private key in PEM without a password',
    ],
    [
      generateKeyPairSync('rsa', { modulusLength: 1024 })
        .privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
        .toString(),
      'no private key in PEM without a password',
    ],
    [
      pem(generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey),
      'a key of type ec, and DKIM knows RSA and Ed25519 only',
    ],
  ])('is none: %#', (text, problem) => {
    expect(readSigningKey(text)).toEqual({ problem });
  });
});

test('what is published of a key is what RFC 8463 and RFC 6376 say', () => {
  const seed = Buffer.from('nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=', 'base64').toString('hex');
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64');
  const read = readSigningKey(`-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`);
  if ('problem' in read) throw new Error(read.problem);
  const { type, forms } = publicKeyOf(read.key);
  expect(type).toBe('ed25519');
  expect(forms.map((form) => Buffer.from(form).toString('base64'))).toEqual([
    '11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=',
  ]);
  const rsaKey = readSigningKey(rsa(1024));
  if ('problem' in rsaKey) throw new Error(rsaKey.problem);
  const [spki, pkcs1] = publicKeyOf(rsaKey.key).forms.map((form) => Buffer.from(form));
  expect(spki?.subarray(-(pkcs1?.length ?? 0)).equals(pkcs1 ?? Buffer.alloc(0))).toBe(true);
  expect(
    createHash('sha256')
      .update(spki ?? '')
      .digest(),
  ).toHaveLength(32);
});
