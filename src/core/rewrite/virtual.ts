import { type AddressTable, lookupAddress } from './address-table.ts';

/** Postfix `virtual_alias_expansion_limit`: addresses that one recipient may become. */
const mostAddresses = 1000;
/** Postfix `virtual_alias_recursion_limit`. */
const mostSteps = 1000;

/**
 * The addresses that a recipient stands for (Postfix `virtual_alias_maps`). Results are looked up again; an address that
 * is among its own results stays, and is not looked up any more. An address occurs once, whatever the case of its
 * letters. `endless` if there are too many, or it goes on for too long.
 */
export function expandRecipient(
  table: AddressTable,
  address: string,
  origin: string,
): readonly string[] | 'endless' {
  if (table.entries.size === 0) return [address];
  const done = new Map<string, string>();
  const seen = new Set<string>();
  const open = [address];
  let steps = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const key = next.toLowerCase();
    const results = seen.has(key) ? undefined : lookupAddress(table, next, origin);
    if (results === undefined) {
      if (!seen.has(key)) done.set(key, next);
      continue;
    }
    seen.add(key);
    steps += 1;
    if (steps > mostSteps || open.length + results.length > mostAddresses) return 'endless';
    if (results.some((result) => result.toLowerCase() === key)) done.set(key, next);
    open.push(...results.toReversed());
    if (done.size > mostAddresses) return 'endless';
  }
  // A circle of addresses leads nowhere else: mail for it stays with the one that was written.
  return done.size === 0 ? [address] : [...done.values()];
}
