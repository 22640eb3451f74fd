import { parseDomainName } from '../dns/name.ts';
import { toALabels } from '../mail/address.ts';
import { readDestination } from '../route/destination.ts';

/** A key in the form in which next hops are looked up, without final dots; undefined if no next hop is called so. */
export function policyKey(key: string): string | undefined {
  const undotted = key.replace(/\.(?=\]|:\d+$|$)/, '');
  if (/[[\]:]/.test(key)) return readDestination(undotted)?.nextHop.toLowerCase();
  const dot = undotted.startsWith('.') ? '.' : '';
  const name = toALabels(undotted.slice(dot.length));
  return name === undefined ? undefined : dot + name;
}

/** The names under which there may be something about a next hop, the nearest first. */
export function* policyNames(nextHop: string): Generator<string, void, void> {
  const key = policyKey(nextHop) ?? nextHop.toLowerCase();
  yield key;
  if (parseDomainName(key) === undefined) return;
  for (let dot = key.indexOf('.'); dot !== -1; dot = key.indexOf('.', dot + 1)) yield key.slice(dot);
}
