import { domainOf, parseDomain } from '../mail/address.ts';
import { destinationOf } from './destination.ts';
import { readTable, type TableEntry, type TableOrigin } from './lookup-table.ts';
import { hasForeignCode, hostsText } from './next-hop.ts';

/** The entry of the table for a recipient. */
export type TransportEntry =
  /** `:` — as if there were no table. */
  | { readonly kind: 'usual' }
  /** To this next hop. */
  | { readonly kind: 'next hop'; readonly nextHop: string; readonly named: boolean }
  /** To the domain of the recipient, whatever the relayhost. */
  | { readonly kind: 'own domain'; readonly wrapper: boolean };

export interface TransportTable {
  readonly entries: ReadonlyMap<string, TransportEntry>;
  /** Where each entry stands, under the same keys. */
  readonly origins: ReadonlyMap<string, TableOrigin>;
  /** For the operator, each with file and line. */
  readonly problems: readonly string[];
}

/** Postfix's words for an unknown transport: the mail waits until the operator corrects it. */
const unavailable = 'retry:4.3.0 mail transport unavailable';

/** Reads the source of a Postfix transport table, transport(5): `KEY TRANSPORT:NEXTHOP` a line. Any text gives a table. */
export function parseTransportTable(text: string, fileName: string): TransportTable {
  const entries = new Map<string, TransportEntry>();
  const origins = new Map<string, TableOrigin>();
  const problems: string[] = [];
  for (const line of readTable(text)) {
    const report = (problem: string): unknown =>
      problems.push(`${fileName}:${line.line}: "${line.key}": ${problem}`);
    const key = keyOf(line.key);
    if (key === undefined) {
      report('no user@domain, domain, .domain or *: nothing is ever looked up under it');
    } else if (entries.has(key)) {
      report('duplicate entry, the first one counts');
    } else {
      const { entry, problem } = parseEntry(line);
      entries.set(key, entry);
      origins.set(key, { line: line.line, key: line.key });
      if (problem !== undefined) report(problem);
    }
  }
  return { entries, origins, problems };
}

/**
 * The entry for a recipient: under the address, its domain, each `.parent` of the domain from the nearest on, and `*`.
 * The case of the local part is ignored, as in Postfix.
 */
export function lookupTransport(table: Entries, mailbox: string): TransportEntry | undefined {
  const key = keyOfEntry(table, mailbox);
  return key === undefined ? undefined : table.entries.get(key);
}

/** Where that entry stands in its file. */
export function transportOrigin(table: TransportTable, mailbox: string): TableOrigin | undefined {
  const key = keyOfEntry(table, mailbox);
  return key === undefined ? undefined : table.origins.get(key);
}

type Entries = Pick<TransportTable, 'entries'>;

function keyOfEntry({ entries }: Entries, mailbox: string): string | undefined {
  if (entries.size === 0) return undefined;
  const address = mailbox.toLowerCase();
  const domain = domainOf(address);
  for (const exact of [address, domain]) if (entries.has(exact)) return exact;
  // A literal has no parents.
  for (
    let dot = domain.indexOf('.');
    dot !== -1 && !domain.startsWith('[');
    dot = domain.indexOf('.', dot + 1)
  ) {
    if (entries.has(domain.slice(dot))) return domain.slice(dot);
  }
  return entries.has('*') ? '*' : undefined;
}

/** The next hop of a mailbox, where `relayhost` (perhaps empty) is the usual one. */
export function nextHopBy(table: Entries, relayhost: string, mailbox: string): string {
  const entry = lookupTransport(table, mailbox) ?? { kind: 'usual' };
  switch (entry.kind) {
    case 'next hop':
      return entry.nextHop;
    case 'own domain':
      return ownDomain(mailbox, entry.wrapper);
    case 'usual':
      return relayhost === '' ? ownDomain(mailbox, false) : relayhost;
  }
}

function ownDomain(mailbox: string, wrapper: boolean): string {
  const { nextHop } = destinationOf(mailbox);
  return wrapper ? `smtps:${nextHop}` : nextHop;
}

/** The key as lookups form it; undefined if no lookup ever forms it. */
function keyOf(key: string): string | undefined {
  if (key === '*') return key;
  const at = key.lastIndexOf('@');
  if (at === 0) return undefined;
  const [localPart, name] = [key.slice(0, Math.max(at, 0)), key.slice(at + 1)];
  const below = at === -1 && name.startsWith('.') && name.length > 1;
  const domain = parseDomain(below ? name.slice(1) : name);
  if (domain === undefined) return undefined;
  return `${at === -1 ? '' : `${localPart.toLowerCase()}@`}${below ? '.' : ''}${domain.toLowerCase()}`;
}

interface Parsed {
  readonly entry: TransportEntry;
  readonly problem?: string;
}

function parseEntry({ value, misplaced }: TableEntry): Parsed {
  if (misplaced) return waits('nothing before it that it could continue');
  if (value === '') return waits('no transport:nexthop');
  const [, transport = '', rest = ''] = /^([^:\s]*)(?::(.*))?$/s.exec(value) ?? [value];
  const text = rest.trim();
  switch (transport) {
    case '':
      return text === '' ? { entry: { kind: 'usual' } } : to(text, false);
    case 'smtp':
    case 'relay':
    case 'smtps': {
      const wrapper = transport === 'smtps';
      return text === '' ? { entry: { kind: 'own domain', wrapper } } : to(text, wrapper);
    }
    case 'error':
    case 'retry': {
      const problem = `the code before the text is none of ${transport}:, ${transport === 'error' ? '5.0.0' : '4.0.0'} is used`;
      const entry = { kind: 'next hop', nextHop: `${transport}:${text}`, named: false } as const;
      return hasForeignCode(transport, text) ? { entry, problem } : { entry };
    }
    default:
      return waits(
        `unknown mail transport "${transport}", the ones there are: smtp, relay, smtps, error, retry`,
      );
  }
}

function to(list: string, wrapper: boolean): Parsed {
  const nextHop = hostsText(list, wrapper);
  return nextHop === undefined
    ? waits(`"${list}" is no domain, [host] or list of them, with :port or without`)
    : { entry: { kind: 'next hop', nextHop, named: true } };
}

function waits(problem: string): Parsed {
  return {
    entry: { kind: 'next hop', nextHop: unavailable, named: false },
    problem: `${problem}; mail for it waits`,
  };
}
