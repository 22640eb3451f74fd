import { type AddressTable, lookupAddress } from './address-table.ts';

/** Postfix's limit: a result is looked up again, and this ends what never ends. */
const mostSteps = 10;

/**
 * The canonical form of an address (Postfix `sender_canonical_maps`). A result is looked up again until it maps to
 * itself, or to nothing. The null sender stays what it is.
 */
export function canonicalAddress(table: AddressTable, address: string, origin: string): string {
  let current = address;
  for (let step = 0; step < mostSteps && current !== ''; step += 1) {
    const [next] = lookupAddress(table, current, origin) ?? [];
    if (next === undefined) return current;
    const isSame = next.toLowerCase() === current.toLowerCase();
    current = next;
    if (isSame) return current;
  }
  return current;
}
