import { statSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import type { Environment } from './environment.ts';

/** The settings of this machine. */
export const systemSettingsFile = '/etc/dane-relay/relay.toml';
/** Names the file where no option does; empty for none. */
export const settingsFileVariable = 'DANE_RELAY_CONFIG';

/**
 * The file that settings come from where the command line names none: the one of `DANE_RELAY_CONFIG`; else the first that
 * is there of the user's own (XDG Base Directory Specification; root has none) and that of this machine. A file that is
 * there and cannot be read is an error of whoever reads it, and never passed over.
 */
export function defaultSettingsFile(
  { env, uid }: Environment,
  isThere: (path: string) => boolean = onDisk,
): string | undefined {
  const named = env[settingsFileVariable];
  if (named !== undefined) return named === '' ? undefined : named;
  return [...(uid === 0 ? [] : ownFile(env)), systemSettingsFile].find(isThere);
}

function ownFile({ XDG_CONFIG_HOME: config = '', HOME: home = '' }: Environment['env']): string[] {
  // The specification wants a relative XDG_CONFIG_HOME ignored.
  if (isAbsolute(config)) return [join(config, 'dane-relay/relay.toml')];
  return isAbsolute(home) ? [join(home, '.config/dane-relay/relay.toml')] : [];
}

function onDisk(path: string): boolean {
  try {
    return statSync(path, { throwIfNoEntry: false }) !== undefined;
  } catch {
    // In a directory that may not be looked into there may be one.
    return true;
  }
}
