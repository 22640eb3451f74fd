import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Config } from './config.ts';
import { dataDirectory } from './data-directory.ts';
import type { Environment } from './environment.ts';

/** The spool of this machine. */
export const systemSpoolDirectory = '/var/spool/dane-relay';

/**
 * The directory that `spool_dir` stands for, absolute. Without that setting it is in a `data_dir` that is set, else the one of
 * this machine for root, else in the state of this user. Throws a `ConfigError` as dataDirectory() does.
 */
export function spoolDirectory(
  { spoolDir, dataDir }: Pick<Config, 'spoolDir' | 'dataDir'>,
  environment: Environment,
): string {
  if (spoolDir !== '') return resolve(spoolDir);
  if (dataDir === '' && environment.uid === 0) return systemSpoolDirectory;
  return join(dataDirectory(dataDir, environment), 'spool');
}

/**
 * The same for a program that sends mail: one of a user without a relay uses the relay of this machine.
 *
 * @param isThere whether there is a directory
 */
export function submissionSpool(
  config: Pick<Config, 'spoolDir' | 'dataDir'>,
  environment: Environment,
  isThere: (path: string) => boolean = existsSync,
): string {
  if (config.spoolDir !== '' || config.dataDir !== '') return spoolDirectory(config, environment);
  const { HOME, XDG_STATE_HOME } = environment.env;
  if (environment.uid !== 0 && !HOME && !XDG_STATE_HOME) return systemSpoolDirectory;
  const own = spoolDirectory(config, environment);
  return isThere(own) ? own : systemSpoolDirectory;
}
