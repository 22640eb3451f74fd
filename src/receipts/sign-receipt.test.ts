import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createPrivateKey, createPublicKey, generateKeyPairSync, verify } from 'node:crypto';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CompactSign, exportJWK } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { makeDice } from '../../test/support/dice.ts';
import type { Receipt } from '../core/receipt/receipt.ts';
import { makeReceiptKey, publicKeyIn, readReceiptKey } from './key-file.ts';
import { LONGEST_RECEIPT_TEXT, readPublicKey, verifyReceipt } from './verify-receipt.ts';

const at = new Date(0).toISOString();
const receipt: Receipt = {
  schema: 1,
  issuer: 'relay.test',
  message: { queueId: 'Q', messageId: '<1@x.test>', sender: '', arrivedAt: at, size: 1 },
  recipient: 'user@example.test',
  outcome: { state: 'bounced', at, dsn: '5.1.1', reply: 'no such user', attempts: 1 },
  answers: [],
};

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'receipt-key-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function keyIn(name: string): Promise<{ sign: () => Promise<string>; pem: string }> {
  const file = path.join(directory, name);
  await makeReceiptKey(file);
  const key = await readReceiptKey(file);
  const pem = await publicKeyIn(file);
  return { sign: async () => (await key!.sign(receipt))!, pem: pem! };
}

test('what a key has signed is taken by this key alone, whole alone', async () => {
  const one = await keyIn('one');
  const other = await keyIn('other');
  const text = await one.sign();
  expect(await verifyReceipt(text, readPublicKey(one.pem))).toMatchObject({ kind: 'signed', receipt });
  expect(await verifyReceipt(text, readPublicKey(other.pem))).toMatchObject({ kind: 'not signed' });
  const [header = '', payload = '', signature = ''] = text.split('.');
  const changed = Buffer.from(JSON.stringify({ ...receipt, recipient: 'x@y.test' })).toString('base64url');
  for (const forged of [
    `${header}.${changed}.${signature}`,
    `${header}.${payload}.`,
    `${Buffer.from('{"alg":"none"}').toString('base64url')}.${payload}.`,
    'x',
    '',
  ])
    expect((await verifyReceipt(forged, readPublicKey(one.pem))).kind).toBe('not signed');
  // The same signature without the library: Ed25519 over header and payload (RFC 7515 §5.1, RFC 8037 §3.1).
  const signed = Buffer.from(`${header}.${payload}`);
  expect(verify(null, signed, createPublicKey(one.pem), Buffer.from(signature, 'base64url'))).toBe(true);
});

test('what the same key has signed as something else is no receipt', async () => {
  const file = path.join(directory, 'other-type');
  await makeReceiptKey(file);
  const key = createPrivateKey(await readFile(file, 'utf8'));
  const text = await new CompactSign(Buffer.from(JSON.stringify(receipt)))
    .setProtectedHeader({ alg: 'Ed25519', typ: 'JWT' })
    .sign(key);
  expect(await verifyReceipt(text, createPublicKey(key))).toMatchObject({
    why: expect.stringMatching(/not as a receipt/) as string,
  });
});

test('no other algorithm is taken, whoever asks for it in the header', async () => {
  const { pem, sign } = await keyIn('algorithms');
  const file = path.join(directory, 'algorithms');
  const key = createPrivateKey(await readFile(file, 'utf8'));
  const payload = Buffer.from(JSON.stringify(receipt));
  const typ = 'dane-receipt';
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const withOwnKey = { alg: 'ES256', typ, jwk: await exportJWK(ec.publicKey) };
  const texts = [
    // RFC 8725 §2.1: the public key as the secret of a MAC.
    await new CompactSign(payload).setProtectedHeader({ alg: 'HS256', typ }).sign(Buffer.from(pem)),
    await new CompactSign(payload).setProtectedHeader(withOwnKey).sign(ec.privateKey),
    await new CompactSign(payload).setProtectedHeader({ alg: 'EdDSA', typ }).sign(key),
    // RFC 7515 §4.1.11: an extension that must be understood.
    await new CompactSign(payload)
      .setProtectedHeader({ alg: 'Ed25519', typ, crit: ['x'], x: 1 })
      .sign(key, { crit: { x: true } }),
  ];
  for (const text of texts)
    expect(await verifyReceipt(text, readPublicKey(pem))).toMatchObject({ kind: 'not signed' });
  expect((await verifyReceipt(await sign(), readPublicKey(pem))).kind).toBe('signed');
});

test('whatever is given, it is taken or not, and nothing is thrown', async () => {
  const { pem, sign } = await keyIn('garbage');
  const key = createPrivateKey(await readFile(path.join(directory, 'garbage'), 'utf8'));
  const signed = (payload: string | Uint8Array): Promise<string> =>
    new CompactSign(Buffer.from(payload))
      .setProtectedHeader({ alg: 'Ed25519', typ: 'dane-receipt' })
      .sign(key);
  const whole = await sign();
  const dice = makeDice(7);
  const texts = [
    ...['', 'null', '[]', '{', '"x"', '['.repeat(100_000), '\u{FFFF}'].map(signed),
    signed(Uint8Array.of(0xff, 0xfe)),
    'x'.repeat(LONGEST_RECEIPT_TEXT + 1),
    '..',
    '....',
    `${whole}.`,
    `${whole}=`,
    ...Array.from({ length: 500 }, () => {
      const at = dice.below(whole.length);
      return `${whole.slice(0, at)}${String.fromCodePoint(dice.below(300))}${whole.slice(at + 1)}`;
    }),
  ];
  for (const given of texts) {
    const text = await given;
    const verified = await verifyReceipt(text, readPublicKey(pem));
    if (text.trim() !== whole) expect(verified, text.slice(0, 500)).toMatchObject({ kind: 'not signed' });
  }
});

test('a JWK is as good as PEM, and no other key is taken', async () => {
  const { sign, pem } = await keyIn('jwk');
  const jwk = JSON.stringify(createPublicKey(pem).export({ format: 'jwk' }));
  expect((await verifyReceipt(await sign(), readPublicKey(jwk))).kind).toBe('signed');
  const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey;
  expect(() => readPublicKey(ec.export({ type: 'spki', format: 'pem' }).toString())).toThrow('Ed25519');
});

test('a key is never written over, and only its owner reads it', async () => {
  const file = path.join(directory, 'kept');
  await makeReceiptKey(file);
  const before = await readFile(file, 'utf8');
  await expect(makeReceiptKey(file)).rejects.toThrow('EEXIST');
  expect(await readFile(file, 'utf8')).toBe(before);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect(await readReceiptKey(path.join(directory, 'none'))).toBeUndefined();
});

test('a receipt that is too long is not made', async () => {
  await makeReceiptKey(path.join(directory, 'long'));
  const key = await readReceiptKey(path.join(directory, 'long'));
  const long = { ...receipt, recipient: 'x'.repeat(70_000) };
  expect(await key!.sign(long)).toBeUndefined();
});
