import { createHash } from 'node:crypto';
import { matchings, selectors } from './tlsa.ts';

/** What a TLSA record can be of: a certificate with its public key, or a public key alone. DER. */
export interface Selectable {
  readonly certificate?: Uint8Array;
  /** subjectPublicKeyInfo with its tag and length; undefined for a certificate whose key cannot be found in it. */
  readonly publicKey: Uint8Array | undefined;
}

/**
 * The certificate association data of a TLSA record (RFC 6698 §2.1.4); undefined for an unknown selector or matching
 * type, for the certificate of a key, and for the public key of something that is no certificate.
 */
export function associationData(
  of: Selectable,
  { selector, matching }: { readonly selector: number; readonly matching: number },
): Uint8Array | undefined {
  const selected = select(of, selector);
  if (selected === undefined) return undefined;
  switch (matching) {
    case matchings.full:
      return selected;
    case matchings.sha256:
      return createHash('sha256').update(selected).digest();
    case matchings.sha512:
      return createHash('sha512').update(selected).digest();
    default:
      return undefined;
  }
}

function select({ certificate, publicKey }: Selectable, selector: number): Uint8Array | undefined {
  switch (selector) {
    case selectors.certificate:
      return certificate;
    case selectors.publicKey:
      return publicKey;
    default:
      return undefined;
  }
}
