import { accessSync, constants } from 'node:fs';
import type { ConfigArguments } from '../cli/arguments.ts';
import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { exposures } from '../config/exposures.ts';
import { loadConfig, loadSettings, type ConfigSources } from '../config/load.ts';
import { readConfigFile } from '../config/operator-file.ts';
import { defaultSettingsFile, systemSettingsFile } from '../config/settings-file.ts';

type LoadedSettings = ReturnType<typeof loadSettings>;

/** The file of the settings; undefined without one. */
export function settingsFileOf(
  { configFile }: ConfigArguments,
  environment: Environment,
): string | undefined {
  return configFile ?? defaultSettingsFile(environment);
}

/** Throws ConfigError. */
export function configOf(settings: ConfigArguments, environment: Environment): Config {
  return loadConfig(sourcesOf(settings, environment));
}

/** Adds warnings about files that others on this machine can read and should not. Throws ConfigError. */
export function settingsOf(
  settings: ConfigArguments,
  environment: Environment,
): LoadedSettings & { readonly exposed: readonly string[] } {
  const sources = sourcesOf(settings, environment);
  const loaded = loadSettings(sources);
  const dataDir = dataDirectory(loaded.config.dataDir, environment);
  return { ...loaded, exposed: exposures(sources, loaded.inForce, dataDir) };
}

/** For a program of any user, which may not be allowed to read the settings of this machine: it does without. */
export function configOfProgram(settings: ConfigArguments, environment: Environment): Config {
  const isHidden =
    settingsFileOf(settings, environment) === systemSettingsFile && !isReadable(systemSettingsFile);
  return isHidden ? loadConfig({ env: environment.env, sets: [] }) : configOf(settings, environment);
}

function sourcesOf(settings: ConfigArguments, environment: Environment): ConfigSources {
  const sources = { env: environment.env, sets: settings.sets };
  const name = settingsFileOf(settings, environment);
  return name === undefined ? sources : { ...sources, file: readConfigFile(name) };
}

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
