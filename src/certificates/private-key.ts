import { createPrivateKey, createPublicKey, generateKeyPair, type KeyObject, webcrypto } from 'node:crypto';
import { promisify } from 'node:util';
import { PublicKeyInfo } from 'pkijs';
import { CertificateError } from './certificate-error.ts';

/** A new P-256 key as PKCS #8 in PEM. Every client with TLS 1.2 knows the curve. */
export async function newPrivateKey(): Promise<string> {
  const { privateKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' });
  return privateKey.export({ type: 'pkcs8', format: 'pem' }) as string;
}

const curves: Readonly<Record<string, string>> = {
  prime256v1: 'P-256',
  secp384r1: 'P-384',
  secp521r1: 'P-521',
};

/**
 * A key in the form in which the library signs. Throws CertificateError for text that is no key, or for a key of
 * another kind.
 */
export async function signingKey(pem: string): Promise<webcrypto.CryptoKey> {
  const key = readKey(pem);
  const curve = curves[key.asymmetricKeyDetails?.namedCurve ?? ''];
  const isRsa = key.asymmetricKeyType === 'rsa';
  if (curve === undefined && !isRsa) throw new CertificateError('the key is neither RSA nor ECDSA');
  const algorithm = isRsa
    ? { name: 'RSASSA-PKCS1-v1_5', hash: 'SHA-256' }
    : { name: 'ECDSA', namedCurve: curve ?? '' };
  const der = key.export({ type: 'pkcs8', format: 'der' });
  return webcrypto.subtle.importKey('pkcs8', Uint8Array.from(der), algorithm, false, ['sign']);
}

/** subjectPublicKeyInfo of a private key. */
export function publicKeyOf(pem: string): PublicKeyInfo {
  const der = createPublicKey(readKey(pem)).export({ type: 'spki', format: 'der' });
  return PublicKeyInfo.fromBER(Uint8Array.from(der));
}

function readKey(pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    throw new CertificateError('the key cannot be read: it has to be PEM, without a passphrase', {
      cause: error,
    });
  }
}
