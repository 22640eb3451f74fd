import type { Assignment } from './assignments.ts';
import type { ConfigProblem } from './config-error.ts';
import { readOperatorText, type FileText } from './operator-file.ts';
import { isServiceLink } from './service-links.ts';
import { settingsFileVariable } from './settings-file.ts';
import { environmentName, listenerTables, settingKeys } from './settings.ts';

/** Names the queue that `queue drain` moves to. */
export const drainVariable = 'DANE_RELAY_DRAIN_TO';

/** Variables that are no settings. */
const ofCommands: readonly string[] = [settingsFileVariable, drainVariable];
const fileSuffix = '_FILE';
const keys = new Map<string, string>(
  ([...settingKeys, listenerTables] as const).map((key) => [environmentName(key), key]),
);

/**
 * The `DANE_RELAY_` variables. `DANE_RELAY_REDIS_URL_FILE` names a file that holds the value of `DANE_RELAY_REDIS_URL`,
 * as containers are given their secrets; the same for each setting.
 *
 * @param read reads such a file
 */
export function environmentAssignments(
  env: Readonly<Record<string, string | undefined>>,
  read: (path: string) => FileText = readOperatorText,
): (Assignment | ConfigProblem)[] {
  return Object.entries(env).flatMap(([name, text]): (Assignment | ConfigProblem)[] => {
    if (!name.startsWith('DANE_RELAY_') || text === undefined || ofCommands.includes(name)) return [];
    const key = keys.get(name);
    if (key !== undefined) return [{ key, where: `environment, ${name}`, value: { text } }];
    const plain = name.endsWith(fileSuffix) ? name.slice(0, -fileSuffix.length) : '';
    const keyOfFile = keys.get(plain);
    if (keyOfFile !== undefined) return [fromFile({ key: keyOfFile, name, path: text, plain, env, read })];
    return isServiceLink(name, text) ? [] : [{ key: name, where: 'environment', value: { text } }];
  });
}

interface NamedFile {
  readonly key: string;
  /** Of the variable that names the file. */
  readonly name: string;
  readonly path: string;
  /** Of the variable that would have the value. */
  readonly plain: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly read: (path: string) => FileText;
}

function fromFile({ key, name, path, plain, env, read }: NamedFile): Assignment | ConfigProblem {
  const where = `environment, ${name}`;
  if (env[plain] !== undefined) return { where, key, wanted: `${plain} or ${name}`, found: 'both' };
  const wanted = `a file with the value of ${key}`;
  const file = read(path);
  if ('problem' in file) return { where, key, wanted, found: `${file.problem} (${path})` };
  const text = withoutLineEnds(file.text);
  // A secret that got lost would otherwise be the default: a private Redis instead of the shared one.
  return text === ''
    ? { where, key, wanted, found: `nothing in it (${path})` }
    : { key, where, value: { text } };
}

/** Editors and `echo` end a file with a line end, which belongs to no value. */
function withoutLineEnds(text: string): string {
  let end = text.length;
  while (end > 0 && '\r\n'.includes(text.charAt(end - 1))) end -= 1;
  return text.slice(0, end);
}
