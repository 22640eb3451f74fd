import { compareSync } from 'bcryptjs';
import * as crypto from 'node:crypto';
import { pbkdf2Sync, scryptSync, timingSafeEqual } from 'node:crypto';
import { verify as verifyShaCrypt } from 'unixcrypt';
import type { Check } from '../core/sasl-server/login-verifier.ts';
import type { Abilities, Argon2Hash } from '../core/users/password-hash.ts';
import { meetsVerifier } from '../core/users/scram-verifier.ts';

/** Node.js 24.7 and newer. */
interface Argon2 {
  argon2Sync(
    algorithm: 'argon2id',
    parameters: {
      readonly message: string;
      readonly nonce: Uint8Array;
      readonly parallelism: number;
      readonly tagLength: number;
      readonly memory: number;
      readonly passes: number;
    },
  ): Buffer;
}

/** What this Node.js can compute. */
export const abilities: Abilities = { argon2: hasArgon2(crypto) };

/** Whether a password is the one that was stored. It takes a tenth of a second, or more: not for the main thread. */
export function matches(against: Check, password: string): boolean {
  switch (against.kind) {
    case 'scrypt': {
      const { ln, r, p, salt, hash } = against;
      const maxmem = 2 * 128 * r * 2 ** ln;
      return isSame(scryptSync(password, salt, hash.length, { N: 2 ** ln, r, p, maxmem }), hash);
    }
    case 'sha-crypt':
      return verifyShaCrypt(password, against.text);
    case 'bcrypt':
      return compareSync(password, against.text);
    case 'argon2id':
      return isSame(argon2(password, against), against.hash);
    case 'scram': {
      const { salt, iterations } = against.verifier;
      return meetsVerifier(pbkdf2Sync(password, salt, iterations, 32, 'sha256'), against.verifier);
    }
  }
}

function argon2(message: string, { memoryKib, passes, parallelism, salt, hash }: Argon2Hash): Buffer {
  const library: unknown = crypto;
  if (!hasArgon2(library)) throw new Error('this Node.js has no argon2');
  return library.argon2Sync('argon2id', {
    message,
    nonce: salt,
    parallelism,
    tagLength: hash.length,
    memory: memoryKib,
    passes,
  });
}

function hasArgon2(library: unknown): library is Argon2 {
  return typeof library === 'object' && library !== null && 'argon2Sync' in library;
}

function isSame(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && timingSafeEqual(one, other);
}
