import { ConfigError } from '../../src/config/config-error.ts';
import type { Config } from '../../src/config/config.ts';
import { loadConfig, type ConfigSources } from '../../src/config/load.ts';

/** What a settings file with this text, and nothing else, comes to. */
export function configOf(text: string, rest: Partial<ConfigSources> = {}): Config {
  return loadConfig({ file: { name: 'relay.toml', text }, env: {}, sets: [], ...rest });
}

/** The lines of the error that loading ends in. */
export function problemsOf(text: string, rest: Partial<ConfigSources> = {}): string[] {
  try {
    configOf(text, rest);
  } catch (error) {
    if (error instanceof ConfigError) return error.message.split('\n');
    throw error;
  }
  return [];
}
