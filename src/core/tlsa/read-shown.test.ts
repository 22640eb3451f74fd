import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { makeRequest } from '../../certificates/make-certificate.ts';
import { makeAuthority, makeCertificate, pemOf } from '../../../test/support/test-ca.ts';
import { readShown } from './read-shown.ts';

const root = makeAuthority('Root');
const leaf = makeCertificate({ names: ['MX.example.test', '*.example.test', 'mx.example.test'] }, root);
const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
const spki = publicKey.export({ type: 'spki', format: 'der' });
const read = (text: string | Buffer) => readShown(Buffer.from(text as string));
const pkcs8 = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();

describe('readShown()', () => {
  test('certificates come before a key in the same file, in their order', () => {
    const found = read(`${pkcs8}\nsome text\n${pemOf(leaf.der)}${pemOf(root.der)}`);
    expect(found).toMatchObject({ kind: 'certificate', names: ['mx.example.test'] });
    expect('shown' in found && found.shown.chain.map((der) => Buffer.from(der))).toEqual([
      leaf.der,
      root.der,
    ]);
  });

  test('a request has its key and its names', async () => {
    const pem = await makeRequest(pkcs8, { names: ['mx.example.test', 'b.test'], addresses: [] });
    const found = read(pem);
    expect(found).toMatchObject({ kind: 'request', names: ['mx.example.test', 'b.test'] });
    expect('shown' in found && Buffer.from(found.shown.own.publicKey ?? [])).toEqual(spki);
  });

  test.each([
    ['a private key', pkcs8],
    ['one in the form of PKCS #1', privateKey.export({ type: 'pkcs1', format: 'pem' })],
    ['a public key', publicKey.export({ type: 'spki', format: 'pem' })],
    ['one in the form of PKCS #1', publicKey.export({ type: 'pkcs1', format: 'pem' })],
    ['a private key, DER', privateKey.export({ type: 'pkcs8', format: 'der' })],
    ['a public key, DER', spki],
  ])('%s', (_, text) => {
    const found = read(text);
    expect(found).toMatchObject({ kind: 'key', names: [] });
    expect('shown' in found && Buffer.from(found.shown.own.publicKey ?? [])).toEqual(spki);
  });

  test.each([
    [
      'a locked key',
      privateKey.export({ type: 'pkcs8', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'x' }),
      'locked',
    ],
    [
      'a broken certificate',
      '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n',
      'cannot be read',
    ],
    [
      'a broken request',
      '-----BEGIN CERTIFICATE REQUEST-----\nAAAA\n-----END CERTIFICATE REQUEST-----\n',
      'cannot be read',
    ],
    ['a broken key', '-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n', 'cannot be read'],
    ['something else', 'hello', 'no certificate'],
    ['nothing', '', 'no certificate'],
  ])('not %s', (_, text, problem) => {
    expect(read(text)).toEqual({ problem: expect.stringContaining(problem) as string });
  });
});
