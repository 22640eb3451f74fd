import { readdir, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { ConfigError } from '../config/config-error.ts';
import { fileTrouble, readOperatorFile, readOperatorText } from '../config/operator-file.ts';
import { parseSelector, parseSigningDomain } from '../core/dkim/key-names.ts';
import { lookupKeys, parseKeyTable } from '../core/dkim/key-table.ts';
import type { KeySources } from './key-sources.ts';
import { readSigningKey, type SigningKey } from './signing-key.ts';

export interface SigningKeys {
  /** Each key once. */
  readonly keys: readonly SigningKey[];
  /** As KeyTable has them. */
  readonly entries: ReadonlyMap<string, readonly SigningKey[]>;
  /** Keys that cannot be used, and entries that make no sense, a sentence each. */
  readonly problems: readonly string[];
  /** What is not as it should be with keys that are used. */
  readonly doubts: readonly string[];
}

export const keySuffix = '.private';

/**
 * Reads all keys. A file that cannot be used any more takes no key away that it had in `before`. Throws ConfigError when the
 * directory or the table cannot be read.
 */
export async function readKeys(sources: KeySources, before?: SigningKeys): Promise<SigningKeys> {
  const { directory, keyTable, subdomains, defaultDomain } = sources;
  const reader = new KeyReader(before);
  const entries = new Map<string, readonly SigningKey[]>();
  for (const domain of await domainsIn(sources, reader.doubts)) {
    const keys = await keysIn(join(directory, domain.folder), domain.name, reader);
    if (keys === undefined) continue;
    entries.set(domain.name, keys);
    if (subdomains) entries.set(`.${domain.name}`, keys);
  }
  for (const [pattern, keys] of keyTable === '' ? [] : await keysOf(keyTable, reader))
    entries.set(pattern, keys);
  if (defaultDomain !== '' && !entries.has('*')) {
    const keys = lookupKeys(entries, defaultDomain);
    if (keys.length === 0) reader.problems.push(`dkim.default_domain: there is no key of ${defaultDomain}`);
    entries.set('*', keys);
  }
  const { problems, doubts } = reader;
  return { keys: [...new Set([...entries.values()].flat())], entries, problems, doubts };
}

class KeyReader {
  readonly problems: string[] = [];
  readonly doubts: string[] = [];
  readonly #before: ReadonlyMap<string, SigningKey>;
  readonly #read = new Map<string, SigningKey>();

  constructor(before: SigningKeys | undefined) {
    this.#before = new Map(before?.keys.map((key) => [nameOf(key), key]));
  }

  /** Several entries may name one key. */
  async read(file: string, domain: string, selector: string): Promise<SigningKey | undefined> {
    const name = nameOf({ file, domain, selector });
    const known = this.#read.get(name);
    if (known !== undefined) return known;
    const found = readOperatorText(file, 'octets');
    const reading = 'text' in found ? readSigningKey(found.text) : found;
    if ('problem' in reading) {
      const old = this.#before.get(name);
      const then = old === undefined ? 'mail is signed without it' : 'the key that was in it stays in use';
      this.problems.push(`${file}: found ${reading.problem}; ${then}`);
      if (old !== undefined) this.#read.set(name, old);
      return old;
    }
    if (reading.doubt !== undefined) this.doubts.push(`${file}: ${reading.doubt}`);
    const mode = (await stat(file).catch(() => undefined))?.mode ?? 0;
    if ((mode & 0o007) !== 0)
      this.doubts.push(
        `${file}: anybody on this machine can read the key (mode ${(mode & 0o777).toString(8)})`,
      );
    const key = { ...reading.key, domain, selector, file };
    this.#read.set(name, key);
    return key;
  }
}

function nameOf({ file, domain, selector }: Pick<SigningKey, 'file' | 'domain' | 'selector'>): string {
  return `${domain} ${selector} ${file}`;
}

interface DomainFolder {
  /** In A-labels. */
  readonly name: string;
  readonly folder: string;
}

async function domainsIn(
  { directory, isNamed }: KeySources,
  doubts: string[],
): Promise<readonly DomainFolder[]> {
  const folders = await namesIn(directory, isNamed);
  return folders.toSorted().flatMap((folder) => {
    const name = parseSigningDomain(folder);
    if (name === undefined && (folder.startsWith('.') || !folder.includes('.'))) return [];
    if (name === undefined) doubts.push(`${join(directory, folder)}: this is the name of no domain`);
    return name === undefined ? [] : [{ name, folder }];
  });
}

/** Undefined if it is no folder. */
async function keysIn(
  folder: string,
  domain: string,
  reader: KeyReader,
): Promise<readonly SigningKey[] | undefined> {
  const found = await stat(folder).catch(() => undefined);
  if (found?.isDirectory() !== true) return undefined;
  let names: readonly string[];
  try {
    names = await readdir(folder);
  } catch (error) {
    reader.problems.push(`${folder}: found ${fileTrouble(error)}; mail is signed without its keys`);
    return [];
  }
  const keys: SigningKey[] = [];
  for (const name of names.filter((one) => one.endsWith(keySuffix)).toSorted()) {
    const selector = parseSelector(name.slice(0, -keySuffix.length));
    const file = join(folder, name);
    const key = selector === undefined ? undefined : await reader.read(file, domain, selector);
    if (selector === undefined)
      reader.problems.push(`${file}: the name of the file is no selector; mail is signed without it`);
    if (key !== undefined) keys.push(key);
  }
  return keys;
}

async function keysOf(
  keyTable: string,
  reader: KeyReader,
): Promise<readonly (readonly [pattern: string, keys: readonly SigningKey[]])[]> {
  const text = readOperatorFile(keyTable, 'dkim.key_table', 'a table of DKIM keys to read');
  const table = parseKeyTable(text, keyTable);
  reader.problems.push(...table.problems);
  const found: [string, readonly SigningKey[]][] = [];
  for (const [pattern, named] of table.entries) {
    const keys: SigningKey[] = [];
    for (const { file, domain, selector } of named) {
      const key = await reader.read(resolve(dirname(keyTable), file), domain, selector);
      if (key !== undefined) keys.push(key);
    }
    found.push([pattern, keys]);
  }
  return found;
}

async function namesIn(directory: string, isNamed: boolean): Promise<readonly string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    const isAbsent = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (isAbsent && !isNamed) return [];
    const found = fileTrouble(error);
    const wanted = 'a directory of DKIM keys to read';
    throw new ConfigError([{ where: directory, key: 'dkim.directory', wanted, found }]);
  }
}
