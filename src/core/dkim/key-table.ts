import { readTable } from '../route/lookup-table.ts';
import { parseSelector, parseSigningDomain } from './key-names.ts';

/** A key that the table names. */
export interface NamedKey {
  readonly domain: string;
  readonly selector: string;
  /** As written. */
  readonly file: string;
  /** File and line of the table. */
  readonly where: string;
}

export interface KeyTable {
  /** Domain of the author, `.domain` for all below it, or `*` -> keys. */
  readonly entries: ReadonlyMap<string, readonly NamedKey[]>;
  /** For the operator, each with file and line. */
  readonly problems: readonly string[];
}

/**
 * Reads a key table: `AUTHOR-DOMAIN SIGNING-DOMAIN:SELECTOR:FILE` a line, several keys with commas or blanks between. The value is that
 * of OpenDKIM's KeyTable, the key that of a Postfix table.
 */
export function parseKeyTable(text: string, fileName: string): KeyTable {
  const entries = new Map<string, readonly NamedKey[]>();
  const problems: string[] = [];
  for (const { line, key, value, misplaced } of readTable(text)) {
    const where = `${fileName}:${line}`;
    const pattern = readPattern(key);
    const words = value.split(/[\s,]+/).filter((word) => word !== '');
    const keys = words.map((word) => readKey(word, where));
    const bad = words.find((_, index) => keys[index] === undefined);
    if (misplaced) problems.push(`${where}: nothing before it that it could continue`);
    else if (pattern === undefined) problems.push(`${where}: "${key}" is no domain, no .domain and not *`);
    else if (entries.has(pattern)) problems.push(`${where}: "${key}": duplicate entry, the first one counts`);
    else if (bad !== undefined || words.length === 0)
      problems.push(
        `${where}: "${key}": ${bad === undefined ? 'no key' : `"${bad}"`} where domain:selector:file was expected`,
      );
    else
      entries.set(
        pattern,
        keys.filter((one) => one !== undefined),
      );
  }
  return { entries, problems };
}

function readPattern(text: string): string | undefined {
  if (text === '*') return text;
  const domain = parseSigningDomain(text.replace(/^\./, ''));
  return domain === undefined ? undefined : `${text.startsWith('.') ? '.' : ''}${domain}`;
}

function readKey(word: string, where: string): NamedKey | undefined {
  const [, first = '', second = '', file = ''] = /^([^:]*):([^:]*):(.+)$/.exec(word) ?? [];
  const domain = parseSigningDomain(first);
  const selector = parseSelector(second);
  return domain === undefined || selector === undefined ? undefined : { domain, selector, file, where };
}

/** Who signs for an author: entries as `KeyTable` has them. The domain itself comes first, then the nearest `.domain` above it, then `*`. */
export function lookupKeys<T>(entries: ReadonlyMap<string, readonly T[]>, domain: string): readonly T[] {
  const own = entries.get(domain);
  if (own !== undefined) return own;
  for (let dot = domain.indexOf('.'); dot !== -1; dot = domain.indexOf('.', dot + 1)) {
    const above = entries.get(domain.slice(dot));
    if (above !== undefined) return above;
  }
  return entries.get('*') ?? [];
}
