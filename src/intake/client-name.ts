import { toALabels } from '../core/mail/address.ts';

/** A client does not wait longer than this for its greeting because of its name. */
const lookupTimeoutMs = 1000;

/** Finds the name of an address for the log, verified forward; undefined if it has none. */
export type LookupClientName = (address: string) => Promise<string | undefined>;

/** Name of a client that nobody was asked for: `localhost` for all of ourselves, else `unknown`. */
export function localName(address: string): string {
  return address === '::1' || address.startsWith('127.') ? 'localhost' : 'unknown';
}

/** Name of a client. localName() if it has none, it is malformed, or no answer comes in a second. Never rejects. */
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
