import type { TlsaRecord } from '../dns/record.ts';
import { readPem } from './pem.ts';
import { matchings, selectors, usability, usages } from './tlsa.ts';

/** Kinds of blocks in a trust anchor file. */
const selectorOf: ReadonlyMap<string, number> = new Map([
  ['CERTIFICATE', selectors.certificate],
  ['PUBLIC KEY', selectors.publicKey],
]);

/**
 * The trust anchors of a PEM file (`tafile=`) as the equivalent TLSA records: each certificate and each public key may
 * be that of an authority above the server, or the server's own. Undefined if there is none, or if one cannot be read.
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
