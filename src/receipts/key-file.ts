import { createPrivateKey, createPublicKey, generateKeyPairSync } from 'node:crypto';
import { open, readFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../core/error-words.ts';
import { receiptKey, type ReceiptKey } from './sign-receipt.ts';

/** A key that could not be read or written, in words for the operator. */
export class ReceiptKeyError extends Error {
  override readonly name = 'ReceiptKeyError';
  readonly code = 'RECEIPT_KEY_FILE';
}

/** The key in a file; undefined if there is no such file. Throws ReceiptKeyError. */
export async function readReceiptKey(file: string): Promise<ReceiptKey | undefined> {
  const pem = await readPem(file);
  if (pem === undefined) return undefined;
  try {
    return await receiptKey(pem);
  } catch (error) {
    throw new ReceiptKeyError(`${file} has no private key of Ed25519: ${messageOf(error)}`, { cause: error });
  }
}

/** The public key to one in a file, as PEM; undefined if there is no such file. Throws ReceiptKeyError. */
export async function publicKeyIn(file: string): Promise<string | undefined> {
  const pem = await readPem(file);
  if (pem === undefined) return undefined;
  try {
    const key = createPublicKey(createPrivateKey(pem));
    if (key.asymmetricKeyType !== 'ed25519') throw new Error('not a key of Ed25519');
    return key.export({ type: 'spki', format: 'pem' }).toString();
  } catch (error) {
    throw new ReceiptKeyError(`${file} has no private key of Ed25519: ${messageOf(error)}`, { cause: error });
  }
}

/**
 * Makes a key in a file that only its owner can read: the owner of the directory, if root makes it. Throws
 * ReceiptKeyError if the file is there already, whatever is in it.
 */
export async function makeReceiptKey(file: string): Promise<void> {
  const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  try {
    const { uid, gid } = await stat(dirname(file));
    const handle = await open(file, 'wx', 0o600);
    try {
      await handle.writeFile(pem);
      // The file and not its name: the directory belongs to a user who could put something else there.
      if (process.getuid?.() === 0) await handle.chown(uid, gid);
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new ReceiptKeyError(`cannot write ${file}: ${messageOf(error)}`, { cause: error });
  }
}

async function readPem(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw new ReceiptKeyError(`cannot read ${file}: ${messageOf(error)}`, { cause: error });
  }
}
