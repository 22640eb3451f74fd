import { createPublicKey, type JsonWebKey, type KeyObject } from 'node:crypto';
import { compactVerify, errors } from 'jose';
import { messageOf } from '../core/error-words.ts';
import { proveReceipt, type Proof } from '../core/receipt/prove-receipt.ts';
import { readReceipt } from '../core/receipt/read-receipt.ts';
import type { Receipt } from '../core/receipt/receipt.ts';
import { keyId, receiptType } from './sign-receipt.ts';

export type Verified =
  | { readonly kind: 'signed'; readonly keyId: string; readonly receipt: Receipt; readonly proof: Proof }
  | { readonly kind: 'not signed'; readonly why: string };

/** Characters of a receipt; a longer text that others give us is none. */
export const LONGEST_RECEIPT_TEXT = 256 * 1024;

/** A public key of Ed25519, PEM or JWK. Throws if it is none. */
export function readPublicKey(text: string): KeyObject {
  const isJwk = text.trimStart().startsWith('{');
  const key = isJwk
    ? createPublicKey({ key: JSON.parse(text) as JsonWebKey, format: 'jwk' })
    : createPublicKey(text);
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not a key of Ed25519');
  return key;
}

/** What a text of our own store says, without a look at its signature; undefined if it is no receipt. */
export function readReceiptText(text: string): Receipt | undefined {
  try {
    return readReceipt(JSON.parse(Buffer.from(text.split('.')[1] ?? '', 'base64url').toString()));
  } catch {
    return undefined;
  }
}

/** Whether this key has signed the text, and what comes of judging once more what is in it. Needs nothing but the two. */
export async function verifyReceipt(text: string, key: KeyObject): Promise<Verified> {
  const opened = await open(text, key);
  if (typeof opened === 'string') return { kind: 'not signed', why: opened };
  const receipt = readReceipt(opened);
  if (receipt === undefined)
    return { kind: 'not signed', why: 'it is signed, but not a receipt of a form known here' };
  return { kind: 'signed', keyId: await keyId(key), receipt, proof: await proveReceipt(receipt) };
}

/** What is signed, or why nothing is. */
async function open(text: string, key: KeyObject): Promise<string | object> {
  if (text.length > LONGEST_RECEIPT_TEXT) return 'it is too long';
  try {
    const { payload, protectedHeader } = await compactVerify(text.trim(), key, { algorithms: ['Ed25519'] });
    if (protectedHeader.typ !== receiptType) return 'it is signed, but not as a receipt';
    return JSON.parse(Buffer.from(payload).toString()) as object;
  } catch (error) {
    if (error instanceof errors.JWSSignatureVerificationFailed)
      return 'this key has not signed it, or it was changed';
    return `it is no signed receipt: ${messageOf(error)}`;
  }
}
