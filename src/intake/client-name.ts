import { toALabels } from '../core/mail/address.ts';

/** The lookup of its name delays the greeting of a client no longer than this. */
const lookupTimeoutMs = 1000;

/** Finds the name of an address for the log, verified by a forward lookup; undefined if there is none. */
export type LookupClientName = (address: string) => Promise<string | undefined>;

/** The name of a client without a lookup: `localhost` for loopback addresses, else `unknown`. */
export function localName(address: string): string {
  return address === '::1' || address.startsWith('127.') ? 'localhost' : 'unknown';
}

/** The name of a client, or localName() if it has none, if the name is malformed, or after a second. Never rejects. */
export async function clientName(address: string, lookup: LookupClientName): Promise<string> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, lookupTimeoutMs, undefined);
  });
  try {
    const name = await Promise.race([lookup(address), timeout]);
    return toALabels(name ?? '') ?? localName(address);
  } catch {
    return localName(address);
  } finally {
    clearTimeout(timer);
  }
}
