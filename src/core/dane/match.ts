import { createHash } from 'node:crypto';
import type { TlsaRecord } from '../dns/record.ts';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { matchings, selectors } from './tlsa.ts';

/**
 * Gives what a TLSA record for one certificate holds as its association data (RFC 6698 §2.1.4); undefined for a
 * selector or matching type we do not know, and for the public key of something that is no certificate.
 */
export type Associate = (selector: number, matching: number) => Uint8Array | undefined;

/** Works on demand and only once: an RRset may have any number of records, a chain any number of certificates. */
export function associationsOf(der: Uint8Array): Associate {
  const known = new Map<number, Uint8Array | undefined>();
  return (selector, matching) => {
    const key = selector * 256 + matching;
    if (!known.has(key)) known.set(key, associate(der, selector, matching));
    return known.get(key);
  };
}

/** Whether `record` is about the certificate that `associations` are of, whatever its usage. */
export function matches(record: TlsaRecord, associations: Associate): boolean {
  const data = associations(record.selector, record.matching);
  return data !== undefined && data.length > 0 && Buffer.compare(data, record.data) === 0;
}

function associate(der: Uint8Array, selector: number, matching: number): Uint8Array | undefined {
  const selected = select(der, selector);
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

function select(der: Uint8Array, selector: number): Uint8Array | undefined {
  switch (selector) {
    case selectors.certificate:
      return der;
    case selectors.publicKey:
      return readSubjectPublicKeyInfo(der);
    default:
      return undefined;
  }
}
