import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './environment.ts';

/** The settings of this machine. */
export const systemSettingsFile = '/etc/dane-relay/relay.toml';
/** Names the file if no option does; empty for none. */
export const settingsFileVariable = 'DANE_RELAY_CONFIG';

/**
 * The settings file if the command line names none: the one of `DANE_RELAY_CONFIG`; otherwise the first that exists of
 * the user's own (XDG Base Directory Specification; root has none) and that of this machine. A file that exists and
 * cannot be read is an error, and is never skipped.
 */
export function defaultSettingsFile(
  { env, uid }: Environment,
  isThere: (path: string) => boolean = onDisk,
): string | undefined {
  const named = env[settingsFileVariable];
  if (named !== undefined) return named === '' ? undefined : named;
  return [...(uid === 0 ? [] : ownFile(env)), systemSettingsFile].find(isThere);
}

/**
 * Where a settings file belongs that commands shall find: as above, but for the first place and not the first that exists.
 */
export function placeOfSettings({ env, uid }: Environment): string {
  const named = env[settingsFileVariable];
  if (named !== undefined && named !== '') return named;
  return (uid === 0 ? undefined : ownFile(env)[0]) ?? systemSettingsFile;
}

function ownFile({ XDG_CONFIG_HOME: config = '', HOME: home = '' }: Environment['env']): string[] {
  // By the specification, a relative XDG_CONFIG_HOME is ignored.
  if (isAbsolute(config)) return [join(config, 'dane-relay/relay.toml')];
  return isAbsolute(home) ? [join(home, '.config/dane-relay/relay.toml')] : [];
}

function onDisk(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // A directory that cannot be read may contain one.
    return true;
  }
}
