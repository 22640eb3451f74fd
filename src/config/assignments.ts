import { parse, TomlError } from 'smol-toml';
import type { ConfigProblem } from './config-error.ts';
import { locateKeys, showKey } from './locate-keys.ts';
import { isSection, isSettingKey, listenerTables } from './settings.ts';

/** A key with a value, before either is understood. */
export interface Assignment {
  /** As written; for a variable that is no setting, the name of the variable. */
  readonly key: string;
  /** `relay.toml:12`, `environment`, `--set`. */
  readonly where: string;
  /** Lines of the parts of the value, if they are known: `[1]` is an item of a list, `[0].tls` is in a table. */
  readonly whereBelow?: (part: string) => string | undefined;
  /** The value from TOML, or the text of a variable or option that has no types. */
  readonly value: { readonly toml: unknown } | { readonly text: string };
}

/** The keys of a TOML file in their order. A file that is not TOML is a single problem. */
export function fileAssignments(file: {
  readonly name: string;
  readonly text: string;
}): (Assignment | ConfigProblem)[] {
  let document: object;
  try {
    document = parse(file.text);
  } catch (error) {
    if (!(error instanceof TomlError)) throw error;
    return [syntaxProblem(file.name, error)];
  }
  const lines = locateKeys(file.text);
  const place = (path: string): string | undefined => {
    const line = lines.get(path);
    return line === undefined ? undefined : `${file.name}:${line}`;
  };
  return flatten(document, []).map(({ path, value }) => {
    const key = showKey(path);
    const where = place(key) ?? file.name;
    return { key, where, whereBelow: (part) => place(key + part), value: { toml: value } };
  });
}

/** The `--set key=value` options. A text without `=` is a problem. */
export function optionAssignments(sets: readonly string[]): (Assignment | ConfigProblem)[] {
  return sets.map((option) => {
    const equals = option.indexOf('=');
    const key = (equals === -1 ? option : option.slice(0, equals)).trim();
    if (equals === -1) return { where: '--set', key, wanted: 'key=value', found: 'no "="' };
    return { key, where: '--set', value: { text: option.slice(equals + 1).trim() } };
  });
}

function syntaxProblem(name: string, { message, line, column }: TomlError): ConfigProblem {
  // The first line says what is wrong. The rest of the message shows the place, with any secret in it.
  const found = message.split('\n')[0]?.replace('Invalid TOML document: ', '') ?? '';
  return { where: `${name}:${line}:${column}`, key: '', wanted: 'valid TOML', found };
}

interface Leaf {
  readonly path: readonly string[];
  readonly value: unknown;
}

/** Descends into sections and unknown tables, but not below a setting, for which a table is a wrong value. */
function flatten(table: object, above: readonly string[]): Leaf[] {
  return Object.entries(table).flatMap(([part, value]): Leaf[] => {
    const path = [...above, part];
    const key = showKey(path);
    if (key === listenerTables) return [{ path, value }];
    const descend = isSection(key) || (!isSettingKey(key) && isTable(value) && Object.keys(value).length > 0);
    return descend && isTable(value) ? flatten(value, path) : [{ path, value }];
  });
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
