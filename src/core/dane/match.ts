import type { TlsaRecord } from '../dns/record.ts';
import { associationData, type Selectable } from './association-data.ts';
import type { Budget } from './budget.ts';
import { prices } from './budget.ts';
import { readSubjectPublicKeyInfo } from './certificate.ts';
import { matchings, selectors } from './tlsa.ts';

/** The first record that matches a certificate (RFC 6698 §2.1.4), whatever its usage. */
export type RecordFinder = (der: Uint8Array) => TlsaRecord | undefined;

const known = {
  selectors: new Set<number>(Object.values(selectors)),
  matchings: new Set<number>(Object.values(matchings)),
};

/** The records of one selector and matching type. */
interface Group {
  readonly selector: number;
  readonly matching: number;
  /** By their association data. */
  readonly places: ReadonlyMap<string, number>;
}

/**
 * Sorts records once. A certificate is then hashed once for each selector and matching type and found in one step,
 * however many records an RRset has, and certificates a chain.
 */
export function recordFinder(records: readonly TlsaRecord[], budget: Budget): RecordFinder {
  const groups = groupsOf(records);
  return (der) => {
    let first = Infinity;
    const shown = certificateOf(der);
    for (const group of groups) {
      if (!budget.spend(priceOf(der))) return undefined;
      const data = associationData(shown, group);
      const place = data && group.places.get(keyOf(data));
      if (place !== undefined && place < first) first = place;
    }
    return records[first];
  };
}

/** At which places of a chain a record matches the certificate (RFC 6698 §2.1.4), whatever its usage; 0 is the host's own. */
export type DepthFinder = (record: TlsaRecord) => readonly number[];

/** A certificate is hashed once for each selector and matching type, however many records are asked about. */
export function depthFinder(chain: readonly Uint8Array[], budget: Budget): DepthFinder {
  const hashed = new Map<string, ReadonlyMap<string, readonly number[]>>();

  function depthsByData(
    kind: Pick<TlsaRecord, 'selector' | 'matching'>,
  ): ReadonlyMap<string, readonly number[]> {
    const depths = new Map<string, number[]>();
    for (const [depth, der] of chain.entries()) {
      if (!budget.spend(priceOf(der))) break;
      const data = associationData(certificateOf(der), kind);
      if (data === undefined) continue;
      const same = depths.get(keyOf(data));
      if (same === undefined) depths.set(keyOf(data), [depth]);
      else same.push(depth);
    }
    return depths;
  }

  return (record) => {
    const { selector, matching, data } = record;
    if (!isKnown(selector, matching) || data.length === 0) return [];
    const title = `${selector} ${matching}`;
    const depths = hashed.get(title) ?? depthsByData(record);
    hashed.set(title, depths);
    return depths.get(keyOf(data)) ?? [];
  };
}

function priceOf(der: Uint8Array): number {
  return prices.hash + der.length * prices.hashedOctet;
}

function groupsOf(records: readonly TlsaRecord[]): readonly Group[] {
  const groups = new Map<string, Group & { readonly places: Map<string, number> }>();
  for (const [place, { selector, matching, data }] of records.entries()) {
    if (!isKnown(selector, matching)) continue;
    const title = `${selector} ${matching}`;
    const group = groups.get(title) ?? { selector, matching, places: new Map<string, number>() };
    groups.set(title, group);
    const key = keyOf(data);
    if (data.length > 0 && !group.places.has(key)) group.places.set(key, place);
  }
  return [...groups.values()];
}

function isKnown(selector: number, matching: number): boolean {
  return known.selectors.has(selector) && known.matchings.has(matching);
}

/** Its key is found only for records that are of a key. */
function certificateOf(der: Uint8Array): Selectable {
  return {
    certificate: der,
    get publicKey() {
      return readSubjectPublicKeyInfo(der);
    },
  };
}

function keyOf(data: Uint8Array): string {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('latin1');
}
