import { createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { calculateJwkThumbprint, CompactSign } from 'jose';
import type { Receipt } from '../core/receipt/receipt.ts';

/** The type of the JWS (RFC 7515 §4.1.9). */
export const receiptType = 'dane-receipt';

/** A longer receipt is not made: a host may show a long chain, and a zone may have many records. */
const LONGEST_RECEIPT = 64 * 1024;

/** A key of Ed25519 that signs receipts. */
export interface ReceiptKey {
  /** Thumbprint of the public key (RFC 7638). */
  readonly id: string;
  /** Undefined if the receipt is too long. Rejects only if the library does. */
  sign(receipt: Receipt): Promise<string | undefined>;
}

/** Throws if `pem` is no private key of Ed25519. */
export async function receiptKey(pem: string): Promise<ReceiptKey> {
  const key = createPrivateKey(pem);
  const id = await keyId(createPublicKey(key));
  return {
    id,
    async sign(receipt) {
      const payload = Buffer.from(JSON.stringify(receipt));
      if (payload.length > LONGEST_RECEIPT) return undefined;
      // RFC 9864 §2.2: the algorithm whole, not "EdDSA".
      const header = { alg: 'Ed25519', typ: receiptType, kid: id };
      return new CompactSign(payload).setProtectedHeader(header).sign(key);
    },
  };
}

/** Throws if the key is not one of Ed25519. */
export async function keyId(key: KeyObject): Promise<string> {
  if (key.asymmetricKeyType !== 'ed25519') throw new Error('not a key of Ed25519');
  return calculateJwkThumbprint(key);
}
