import { fileAssignments, optionAssignments, type Assignment } from './assignments.ts';
import { ConfigError, type ConfigProblem } from './config-error.ts';
import { buildConfig, type Config } from './config.ts';
import { credentialsDirectory } from './credentials.ts';
import { crossCheck } from './cross-checks.ts';
import { environmentAssignments } from './environment-assignments.ts';
import { interpret, type Interpreted } from './interpret.ts';
import { listenerConflicts } from './listener-checks.ts';
import { plainSettings, readListenerTables, type ListenerTables } from './listener-tables.ts';
import {
  isSection,
  isSettingKey,
  listenerTables,
  settingKeys,
  settingOf,
  type SettingKey,
  type SettingValue,
} from './settings.ts';
import { suggestSettings } from './suggest.ts';

/** The sources of settings. A later one in this record wins. */
export interface ConfigSources {
  readonly file?: { readonly name: string; readonly text: string };
  /** The environment; only the `DANE_RELAY_` variables are read, and the files that some of them name. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The arguments of `--set`, `key=value`; of two for one key the last wins. */
  readonly sets: readonly string[];
}

/** A setting in force: how it would be written (secrets masked), and its source. */
export interface SettingInForce extends Interpreted {
  readonly where: string;
  readonly isDefault: boolean;
}

/** Key -> its value in force. Keys of listeners (`listener[0].tls`) are included if they were written. */
export type SettingsInForce = ReadonlyMap<string, SettingInForce>;

/** Throws a `ConfigError` that names every problem. */
export function loadConfig(sources: ConfigSources): Config {
  return loadSettings(sources).config;
}

/** As `loadConfig`, and also returns each setting in the order of the table. */
export function loadSettings(sources: ConfigSources): {
  readonly config: Config;
  readonly inForce: SettingsInForce;
} {
  const problems: ConfigProblem[] = [];
  const inForce = new Map(settingKeys.map((key) => [key, defaultOf(key)]));
  const credentials = credentialsDirectory(sources.env);
  let tables: ListenerTables = { listeners: [], written: [] };

  for (const assignment of assignmentsOf(sources)) {
    if (!('value' in assignment)) problems.push(assignment);
    else if (assignment.key === listenerTables) {
      const read = readListenerTables(assignment, credentials);
      if ('listeners' in read) tables = read;
      else problems.push(...read);
    } else if (!isSettingKey(assignment.key)) problems.push(unknownKey(assignment));
    else {
      const read = interpret(settingOf(assignment.key).kind, assignment, credentials);
      if ('value' in read) inForce.set(assignment.key, put(assignment, assignment.key, read));
      else problems.push(...read);
    }
  }
  if (problems.length > 0) throw new ConfigError(problems);

  const isAlone = inForce.get('listen')?.where === 'default' && tables.listeners.length > 0;
  if (isAlone) inForce.set('listen', { value: [], shown: '[]', where: 'default', isDefault: true });
  const find = (key: SettingKey): SettingInForce => inForce.get(key) ?? defaultOf(key);
  // The kind of the very row has read this value, which a map over all rows cannot express.
  const value = <K extends SettingKey>(key: K): SettingValue<K> => find(key).value as SettingValue<K>;
  const plain = value('listen').map((address) => plainSettings(address, find('listen').where));
  const config = buildConfig(value, [...plain, ...tables.listeners]);
  const conflicts = [...crossCheck(config, find), ...listenerConflicts(config.listeners, tables.written)];
  if (conflicts.length > 0) throw new ConfigError(conflicts);
  const written = tables.written.map((one) => [one.key, { ...one, isDefault: false }] as const);
  return { config, inForce: new Map<string, SettingInForce>([...inForce, ...written]) };
}

function assignmentsOf({ file, env, sets }: ConfigSources): (Assignment | ConfigProblem)[] {
  return [
    ...(file === undefined ? [] : fileAssignments(file)),
    ...environmentAssignments(env),
    ...optionAssignments(sets),
  ];
}

function defaultOf(key: SettingKey): SettingInForce {
  const { kind, default: written } = settingOf(key);
  const read = interpret(kind, { key, where: 'default', value: { toml: written } }, '');
  if (!('value' in read)) throw new TypeError(`The default of ${key} does not fit its kind`);
  return { ...read, where: 'default', isDefault: true };
}

function put({ where }: Assignment, key: SettingKey, read: Interpreted): SettingInForce {
  // `300s` and `5m` are written differently but change nothing.
  const isDefault = JSON.stringify(read.value) === JSON.stringify(defaultOf(key).value);
  return { ...read, where, isDefault };
}

function unknownKey({ key, where }: Assignment): ConfigProblem {
  if (isSection(key))
    return { where, key, wanted: `a section: [${key}], its settings below it`, found: 'a value' };
  const meant = suggestSettings(key);
  const hint =
    meant.length === 0 ? 'config/relay.example.toml has them all' : `did you mean ${meant.join(' or ')}?`;
  return { where, key, wanted: `a known one; ${hint}`, found: 'an unknown setting' };
}
