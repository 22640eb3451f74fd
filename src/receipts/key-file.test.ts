import { generateKeyPairSync } from 'node:crypto';
import { chmodSync, chownSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makeReceiptKey, publicKeyIn } from './key-file.ts';

let directory = '';

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'receipt-key-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('makeReceiptKey(): a key of Ed25519 that only the owner of the directory can read', async () => {
  chmodSync(directory, 0o755);
  if (process.getuid?.() === 0) chownSync(directory, 12, 13);
  const file = join(directory, 'receipt.key');
  await makeReceiptKey(file);
  const { mode, uid, gid } = statSync(file);
  const { uid: owner, gid: group } = statSync(directory);
  expect([mode & 0o777, uid, gid]).toEqual([0o600, owner, group]);
  expect(await publicKeyIn(file)).toMatch(/^-----BEGIN PUBLIC KEY-----\n/);
});

test('makeReceiptKey(): writes over nothing', async () => {
  const file = join(directory, 'receipt.key');
  writeFileSync(file, 'mine');
  await expect(makeReceiptKey(file)).rejects.toThrow(/EEXIST/);
});

test('publicKeyIn(): nothing where there is no file', async () => {
  expect(await publicKeyIn(join(directory, 'none'))).toBeUndefined();
});

test('publicKeyIn(): a key of another kind signs no receipt, so none is told', async () => {
  const file = join(directory, 'receipt.key');
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  writeFileSync(file, privateKey.export({ type: 'pkcs8', format: 'pem' }));
  await expect(publicKeyIn(file)).rejects.toThrow(/no private key of Ed25519: not a key of Ed25519/);
  writeFileSync(file, 'text');
  await expect(publicKeyIn(file)).rejects.toThrow(/no private key of Ed25519/);
});
