import { isLocalPart, parseDomain, parseMailbox, plainLocalPart, printMailbox } from '../mail/address.ts';
import { readTable } from '../route/lookup-table.ts';

/** A table of addresses in the format of canonical(5) and virtual(5). */
export interface AddressTable {
  /** Keys as lookups form them: `user@domain`, `user` or `@domain`, in lower case. */
  readonly entries: ReadonlyMap<string, readonly string[]>;
  /** For the operator, each with file and line. */
  readonly problems: readonly string[];
}

/** How the entries of a table are read. */
export interface AddressTableRules {
  /** An address in the result; canonical tables have one, virtual ones any number. */
  readonly single: boolean;
}

/** A result `@domain`: the same user in another domain. */
const sameUser = '@';

/**
 * Reads the source of a table, `KEY ADDRESS[, ADDRESS …]` a line. Any text gives a table; an entry that makes no sense
 * is left out, and is a problem.
 */
export function parseAddressTable(text: string, fileName: string, rules: AddressTableRules): AddressTable {
  const entries = new Map<string, readonly string[]>();
  const problems: string[] = [];
  for (const { line, key: written, value, misplaced } of readTable(text)) {
    const report = (problem: string): unknown =>
      problems.push(`${fileName}:${line}: "${written}": ${problem}`);
    const key = keyOf(written);
    const results = value.split(/[\s,]+/).filter((word) => word !== '');
    const unreadable = results.find((result) => !isResult(result));
    if (misplaced) report('nothing before it that it could continue; it is not used');
    else if (key === undefined) report('no user@domain, user or @domain: it is not used');
    else if (entries.has(key)) report('duplicate entry, the first one counts');
    else if (results.length === 0) report('no address; it is not used');
    else if (unreadable !== undefined) report(`"${unreadable}" is no address; it is not used`);
    else {
      const [first = ''] = results;
      if (rules.single && results.length > 1) report(`more than one address, ${first} is used`);
      entries.set(key, rules.single ? [first] : results);
    }
  }
  return { entries, problems };
}

/**
 * The result for an address: by `user@domain`, by `user` if the domain is ours, by `@domain`. Undefined if there is none.
 *
 * @param origin domain that completes a user without one, and whose users are also found without it
 */
export function lookupAddress(
  { entries }: AddressTable,
  address: string,
  origin: string,
): readonly string[] | undefined {
  if (entries.size === 0) return undefined;
  const at = address.lastIndexOf('@');
  const localPart = address.slice(0, at);
  const user = plainLocalPart(localPart).toLowerCase();
  const domain = address.slice(at + 1).toLowerCase();
  const found =
    entries.get(`${user}@${domain}`) ??
    (domain === origin.toLowerCase() ? entries.get(user) : undefined) ??
    entries.get(`@${domain}`);
  return found?.map((result) => complete(result, localPart, origin));
}

function complete(result: string, localPart: string, origin: string): string {
  if (result.startsWith(sameUser)) return mailbox(`${localPart}${result}`);
  return mailbox(result.includes('@') ? result : `${result}@${origin}`);
}

/** The domain in A-labels, as everywhere in an envelope. */
function mailbox(text: string): string {
  const parsed = parseMailbox(text);
  return parsed === undefined ? text : printMailbox(parsed);
}

function keyOf(written: string): string | undefined {
  const at = written.lastIndexOf('@');
  if (at === -1) return isLocalPart(written) ? plainLocalPart(written).toLowerCase() : undefined;
  const domain = parseDomain(written.slice(at + 1))?.toLowerCase();
  const localPart = written.slice(0, at);
  if (domain === undefined || (at > 0 && !isLocalPart(localPart))) return undefined;
  return `${plainLocalPart(localPart).toLowerCase()}@${domain}`;
}

function isResult(text: string): boolean {
  if (text.startsWith(sameUser)) return parseDomain(text.slice(1)) !== undefined;
  return text.includes('@') ? parseMailbox(text) !== undefined : isLocalPart(text);
}
