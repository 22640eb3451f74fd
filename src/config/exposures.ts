import { statSync } from 'node:fs';
import type { ConfigSources, SettingInForce, SettingsInForce } from './load.ts';

/** Permissions of a file or directory; undefined if it does not exist. */
export type ModeOf = (path: string) => number | undefined;

/**
 * Files that others on this machine can read and should not, a sentence each: a settings file with a secret, the
 * directory of the queue.
 */
export function exposures(
  { file }: Pick<ConfigSources, 'file'>,
  inForce: SettingsInForce,
  dataDir: string,
  modeOf: ModeOf = modeOnDisk,
): readonly string[] {
  const found: string[] = [];
  const look = (path: string, bits: number, what: string): void => {
    const mode = modeOf(path);
    if (mode === undefined || (mode & bits) === 0) return;
    const shown = (mode & 0o777).toString(8).padStart(4, '0');
    found.push(`${path} ${what} and has mode ${shown}: others can read it`);
  };
  if (file !== undefined && [...inForce.values()].some((setting) => isSecretOf(file.name, setting)))
    look(file.name, 0o004, 'holds a password');
  look(dataDir, 0o077, 'holds the queue');
  return found;
}

/** A masked value from this file. */
function isSecretOf(name: string, { shown, where }: SettingInForce): boolean {
  return shown.includes('***') && where.startsWith(`${name}:`);
}

/** A file that cannot be examined is refused elsewhere, with the reason. */
function modeOnDisk(path: string): number | undefined {
  try {
    return statSync(path).mode;
  } catch {
    return undefined;
  }
}
