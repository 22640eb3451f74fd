import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** What is stored of a password for SCRAM-SHA-256 (RFC 5802 §3): it shows that a client knows it, and logs nobody in. */
export interface ScramVerifier {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
}

/** Of an unknown user `user` is absent, and the verifier is one that nobody can meet. */
export interface ScramCredentials {
  readonly user?: string;
  readonly verifier: ScramVerifier;
}

/** RFC 5802 §5.1 and RFC 7677 §4: fewer are too weak. More than the most would keep a client busy for seconds. */
/** The client computes them at each login, and one with the SASL library of Cyrus, as Postfix, refuses to compute more. */
export const mostForClients = 65_536;
export const scramIterations = { least: 4096, most: 1_000_000 };

/** @param salted the password after PBKDF2 with salt and iterations */
export function scramVerifier(salted: Uint8Array, salt: Buffer, iterations: number): ScramVerifier {
  const storedKey = createHash('sha256').update(hmac(salted, 'Client Key')).digest();
  return { iterations, salt, storedKey, serverKey: hmac(salted, 'Server Key') };
}

/** Whether a salted password is the one that a verifier was made of. */
export function meetsVerifier(salted: Uint8Array, { storedKey }: ScramVerifier): boolean {
  return timingSafeEqual(createHash('sha256').update(hmac(salted, 'Client Key')).digest(), storedKey);
}

/** RFC 5802 §3: whether a proof comes from somebody who knows the password. */
export function isProof(proof: Uint8Array, { storedKey }: ScramVerifier, authMessage: string): boolean {
  if (proof.length !== storedKey.length) return false;
  const signature = hmac(storedKey, authMessage);
  const clientKey = signature.map((octet, index) => octet ^ (proof[index] ?? 0));
  return timingSafeEqual(createHash('sha256').update(clientKey).digest(), storedKey);
}

/** RFC 5802 §3: by this the client sees that we know the verifier. */
export function serverSignature({ serverKey }: ScramVerifier, authMessage: string): Buffer {
  return hmac(serverKey, authMessage);
}

function hmac(key: Uint8Array, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}
