import { readTable } from '../route/lookup-table.ts';
import { splitNameAndValue } from './main-cf.ts';
import type { Content, ImportPorts } from './ports.ts';
import { listItems, withoutBraces } from './words.ts';

/** An entry of a table. */
export interface MapEntry {
  readonly key: string;
  readonly value: string;
  /** `/etc/postfix/transport:12`, or the table if it is no text file. */
  readonly where: string;
}

/** A part of a list of tables that could not be read, and why. */
export interface UnreadMap {
  readonly about: string;
  readonly why: string;
}

/** Everything that tables say, the first of several first. */
export interface MapsRead {
  /** Each key once. */
  readonly entries: readonly MapEntry[];
  /** Of `static:`: what every key stands for that has no entry before it. */
  readonly otherwise?: string;
  readonly unread: readonly UnreadMap[];
}

/** Tables whose source lies beside them as text, and which postmap can write out. */
const indexed = new Set(['hash', 'btree', 'cdb', 'lmdb', 'dbm', 'sdbm']);

/** Reads the tables of a parameter such as transport_maps: `hash:/etc/postfix/transport, inline:{a=b}`. */
export function readMaps(value: string, ports: ImportPorts): MapsRead {
  const found = new Map<string, MapEntry>();
  const unread: UnreadMap[] = [];
  for (const item of listItems(value)) {
    const table = tableOf(item);
    if (table?.type === 'static') {
      return { entries: [...found.values()], otherwise: withoutBraces(table.name), unread };
    }
    const read =
      table === undefined ? { why: 'it is no table of the form type:name' } : entriesOf(table, ports);
    if ('why' in read) {
      unread.push({ about: shownTable(item), why: read.why });
      continue;
    }
    for (const one of read.unread) unread.push(one);
    for (const entry of read.entries) {
      // Keys of tables are the same in upper and lower case.
      const key = entry.key.toLowerCase();
      if (!found.has(key)) found.set(key, entry);
    }
  }
  return { entries: [...found.values()], unread };
}

/** A table without what is secret in it: an inline table may have passwords. */
export function shownTable(item: string): string {
  return item.replace(/\b(inline|static):.*$/s, '$1:…');
}

export interface Table {
  readonly type: string;
  readonly name: string;
}

/** `type:name`; a table that Postfix reads for others (`proxy:`) is that table. */
export function tableOf(item: string): Table | undefined {
  const [, type = '', name = ''] = /^(?:(?:proxy|debug):)*([a-z]\w*):(.+)$/s.exec(item) ?? [];
  return type === '' ? undefined : { type, name };
}

interface Entries {
  readonly entries: readonly MapEntry[];
  readonly unread: readonly UnreadMap[];
}

function entriesOf({ type, name }: Table, ports: ImportPorts): Entries | { readonly why: string } {
  if (type === 'inline') return inlineEntries(name);
  if (type !== 'texthash' && !indexed.has(type)) {
    const why = `there are no ${type}: tables here, only text files with an entry in each line`;
    return { why };
  }
  if (!name.startsWith('/')) return { why: 'only a table with an absolute path can be read' };
  const source = ports.readFile(name);
  if ('text' in source) return textEntries(source.text, name, (line) => `${name}:${line}`);
  if (type === 'texthash') return { why: `${name}: ${source.problem}` };
  const dumped = ports.dumpTable(type, name);
  if ('text' in dumped) return textEntries(dumped.text, name, () => `${type}:${name}`);
  return { why: `${name}: ${source.problem}; postmap -s: ${dumped.problem}` };
}

function textEntries(text: string, name: string, where: (line: number) => string): Entries {
  const entries: MapEntry[] = [];
  const unread: UnreadMap[] = [];
  for (const { line, key, value, misplaced } of readTable(text)) {
    if (misplaced) unread.push({ about: `${name}:${line}`, why: 'nothing before it that it could continue' });
    else if (value === '')
      unread.push({ about: `${name}:${line}`, why: 'a key without a value, which postmap leaves out' });
    else entries.push({ key, value, where: where(line) });
  }
  return { entries, unread };
}

/** `{ key=value, { key = text with blanks } }` */
function inlineEntries(name: string): Entries {
  const entries: MapEntry[] = [];
  const unread: UnreadMap[] = [];
  for (const item of listItems(withoutBraces(name))) {
    const pair = splitNameAndValue(withoutBraces(item));
    if ('problem' in pair) unread.push({ about: 'inline:…', why: pair.problem });
    else entries.push({ key: pair.name, value: pair.value, where: 'inline:…' });
  }
  return { entries, unread };
}

/** The first line of a file that a value names, as `myorigin = /etc/mailname`. */
export function firstWord(content: Content): string | undefined {
  if (!('text' in content)) return undefined;
  const line = content.text.split('\n').find((one) => one.trim() !== '' && !one.startsWith('#'));
  return line?.trim().split(/\s/)[0];
}
