import { Certificate, type RelativeDistinguishedNames } from 'pkijs';
import { readPem } from '../core/dane/pem.ts';
import { CertificateError } from './certificate-error.ts';
import { keyIdOf } from './extensions.ts';

/** The first certificate of a file, as the issuer of others. Throws CertificateError if the file has none. */
export function readAuthority(pem: string): {
  readonly subject: RelativeDistinguishedNames;
  readonly keyId: Uint8Array<ArrayBuffer>;
} {
  const block = readPem(pem).find(({ label }) => label === 'CERTIFICATE');
  try {
    const { subject, subjectPublicKeyInfo } = Certificate.fromBER(Uint8Array.from(block?.der ?? []));
    return { subject, keyId: keyIdOf(subjectPublicKeyInfo) };
  } catch (error) {
    throw new CertificateError('the certificate of the authority cannot be read', { cause: error });
  }
}
