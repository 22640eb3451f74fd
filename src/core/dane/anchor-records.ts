import type { TlsaRecord } from '../dns/record.ts';
import { readPem } from './pem.ts';
import { matchings, selectors, usability, usages } from './tlsa.ts';

/** What the blocks of a trust anchor file are about. */
const selectorOf: ReadonlyMap<string, number> = new Map([
  ['CERTIFICATE', selectors.certificate],
  ['PUBLIC KEY', selectors.publicKey],
]);

/**
 * The trust anchors of a PEM file (`tafile=`) as the TLSA records that would say the same: each certificate and each
 * public key may be that of an authority above the server, or the server's own. Undefined if there is none, or one
 * that cannot be read.
 */
export function anchorRecords(pem: string): readonly TlsaRecord[] | undefined {
  const records = readPem(pem).flatMap(({ label, der }) => {
    const selector = selectorOf.get(label);
    if (selector === undefined) return [];
    return [usages.daneTa, usages.daneEe].map((usage) => ({
      usage,
      selector,
      matching: matchings.full,
      data: der,
    }));
  });
  return records.length > 0 && records.every((record) => usability(record).usable) ? records : undefined;
}
