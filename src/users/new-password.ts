import { pbkdf2, randomBytes, scrypt } from 'node:crypto';
import { promisify } from 'node:util';
import { writeScram, writeScrypt } from '../core/users/password-hash.ts';
import { mostForClients, scramVerifier } from '../core/users/scram-verifier.ts';

/** 32 MiB for each guess, and a tenth of a second. */
const scryptCost = { ln: 15, r: 8, p: 1 };
const saltBytes = 16;
const derive = promisify(pbkdf2);

/** The lines that a password makes in the file: memory-hard hash, and verifier for SCRAM. @param password prepared */
export async function linesFor(name: string, password: string): Promise<readonly string[]> {
  const { ln, r, p } = scryptCost;
  const salt = randomBytes(saltBytes);
  const hash = await computeScrypt(password, salt, { N: 2 ** ln, r, p, maxmem: 2 * 128 * r * 2 ** ln });
  const scramSalt = randomBytes(saltBytes);
  const salted = await derive(password, scramSalt, mostForClients, 32, 'sha256');
  const verifier = scramVerifier(salted, scramSalt, mostForClients);
  return [`${name}:${writeScrypt({ ...scryptCost, salt, hash })}`, `${name}:${writeScram(verifier)}`];
}

/** 120 bits that can be typed. */
export function generatePassword(): string {
  return randomBytes(15).toString('base64url');
}

function computeScrypt(
  password: string,
  salt: Buffer,
  options: { readonly N: number; readonly r: number; readonly p: number; readonly maxmem: number },
): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    scrypt(password, salt, 32, options, (error, key) => (error === null ? resolve(key) : reject(error)));
  });
}
