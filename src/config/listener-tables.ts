import { parse, TomlError } from 'smol-toml';
import { showListenerAddress, type ListenerAddress, type Network, type SocketAddress } from './addresses.ts';
import type { Assignment } from './assignments.ts';
import type { ConfigProblem } from './config-error.ts';
import { interpret, type Interpreted } from './interpret.ts';
import type { Kind } from './kinds.ts';
import { isListenerKey, listenerKeys, listenerSettings, type ListenerKey } from './listener-settings.ts';
import { closest } from './suggest.ts';

/** A listener as the operator describes it. */
export interface ListenerSettings {
  /** Its name in messages: `listener[0]`, or `listen` for a plain one. */
  readonly path: string;
  /** `relay.toml:12`, `--set`. */
  readonly where: string;
  readonly name: string;
  readonly address: ListenerAddress;
  readonly mode: number;
  readonly tls: 'none' | 'starttls' | 'implicit';
  readonly tlsRequired: boolean;
  /** The first is for clients that ask for no name. */
  readonly certificates: readonly CertificateFiles[];
  readonly auth: 'none' | 'offer' | 'require';
  readonly tlsAuthOnly: boolean;
  /** SHA-256 in lower-case hexadecimal. */
  readonly relayClientcerts: readonly string[];
  readonly proxyPeers: readonly Network[];
  readonly xclientPeers: readonly Network[];
}

export interface CertificateFiles {
  readonly certificate: string;
  /** The same file, if the key is in it. */
  readonly key: string;
}

/** A key of a table, in force. */
export interface ListenerValue extends Interpreted {
  /** `listener[0].tls`. */
  readonly key: string;
  readonly where: string;
}

export interface ListenerTables {
  readonly listeners: readonly ListenerSettings[];
  /** The written keys, in their order. */
  readonly written: readonly ListenerValue[];
}

const wantedTables = 'tables: [[listener]], each with its settings below it';

/**
 * Reads the value of `listener`: `[[listener]]` tables of a file, or the same as one TOML value in a variable or an
 * option, such as `[{ address = "127.0.0.1:587", auth = "require" }]`.
 */
export function readListenerTables(
  assignment: Assignment,
  credentials: string,
): ListenerTables | readonly ConfigProblem[] {
  const { key, where } = assignment;
  const value = 'text' in assignment.value ? parseValue(assignment.value.text) : assignment.value.toml;
  if (!Array.isArray(value) || !value.every(isTable)) {
    const found = value instanceof TomlError ? 'no list of tables in TOML' : describe(value);
    return [{ where, key, wanted: wantedTables, found }];
  }
  const tables = value.map((table, index) => readTable(table, `[${index}]`, assignment, credentials));
  const problems = tables.flatMap((table) => ('listener' in table ? [] : table));
  if (problems.length > 0) return problems;
  const read = tables.flatMap((table) => ('listener' in table ? [table] : []));
  return { listeners: read.map(({ listener }) => listener), written: read.flatMap(({ written }) => written) };
}

/** The listener for an address in `listen`. */
export function plainSettings({ host, port }: SocketAddress, where: string): ListenerSettings {
  const address: ListenerAddress = { kind: 'tcp', host, port };
  return settingsOf(new Map(), address, { path: 'listen', where });
}

function readTable(
  table: object,
  place: string,
  { key: above, where: whole, whereBelow }: Assignment,
  credentials: string,
): { readonly listener: ListenerSettings; readonly written: readonly ListenerValue[] } | ConfigProblem[] {
  const problems: ConfigProblem[] = [];
  const written = new Map<ListenerKey, ListenerValue>();
  const where = whereBelow?.(place) ?? whole;
  const path = `${above}${place}`;
  for (const [name, value] of Object.entries(table)) {
    const key = `${path}.${name}`;
    const at = whereBelow?.(`${place}.${name}`) ?? where;
    if (!isListenerKey(name)) {
      problems.push({ where: at, key, wanted: wantedKey(name), found: 'an unknown setting' });
      continue;
    }
    const below = whereBelow && ((more: string) => whereBelow(`${place}.${name}${more}`));
    const assigned = { key, where: at, value: { toml: value }, ...(below && { whereBelow: below }) };
    const read = interpret(listenerSettings[name].kind, assigned, credentials);
    if ('value' in read) written.set(name, { ...read, key, where: at });
    else problems.push(...read);
  }
  if (problems.length > 0) return problems;
  const address = valueOf(written, 'address');
  if (address === undefined) {
    return [{ where, key: `${path}.address`, wanted: listenerSettings.address.kind.wanted, found: 'none' }];
  }
  return { listener: settingsOf(written, address, { path, where }), written: [...written.values()] };
}

function wantedKey(name: string): string {
  const meant = closest(name.replaceAll('-', '_').toLowerCase(), listenerKeys);
  const hint =
    meant.length === 0 ? 'config/relay.example.toml has them all' : `did you mean ${meant.join(' or ')}?`;
  return `a setting of a listener; ${hint}`;
}

type Written = ReadonlyMap<ListenerKey, Interpreted>;

/** Puts each key in its place. */
function settingsOf(
  written: Written,
  address: ListenerAddress,
  place: Pick<ListenerSettings, 'path' | 'where'>,
): ListenerSettings {
  const keys = valueOf(written, 'key');
  return {
    ...place,
    name: valueOf(written, 'name') || showListenerAddress(address),
    address,
    mode: valueOf(written, 'mode'),
    tls: valueOf(written, 'tls'),
    tlsRequired: valueOf(written, 'tls_required'),
    certificates: valueOf(written, 'certificate').map((certificate, index) => ({
      certificate,
      key: keys[index] ?? certificate,
    })),
    auth: valueOf(written, 'auth'),
    tlsAuthOnly: valueOf(written, 'tls_auth_only'),
    relayClientcerts: valueOf(written, 'relay_clientcerts'),
    proxyPeers: valueOf(written, 'proxy_peers'),
    xclientPeers: valueOf(written, 'xclient_peers'),
  };
}

type Value<K extends ListenerKey> = (typeof listenerSettings)[K]['kind'] extends Kind<infer T> ? T : never;

/** The kind of the very row has read this value, which a map over all rows cannot express. */
function valueOf<K extends ListenerKey>(written: Written, key: K): Value<K> {
  const known = written.get(key);
  return (known === undefined ? defaultOf(key) : known.value) as Value<K>;
}

function defaultOf(key: ListenerKey): unknown {
  const { kind, default: toml } = listenerSettings[key];
  const read = interpret(kind, { key, where: 'default', value: { toml } }, '');
  return 'value' in read ? read.value : undefined;
}

function parseValue(text: string): unknown {
  try {
    return text.trim() === '' ? [] : parse(`listener = ${text}`)['listener'];
  } catch (error) {
    if (error instanceof TomlError) return error;
    throw error;
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return 'a list with items that are not tables';
  return isTable(value) ? 'a single table: [listener]' : 'a value';
}

function isTable(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}
