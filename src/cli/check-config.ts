import { loadSettings, type ConfigSources } from '../config/load.ts';

/** The text that `check-config` prints; no secrets in it. Throws a `ConfigError` as `loadConfig` does. */
export function checkConfig(sources: ConfigSources): string {
  const { inForce } = loadSettings(sources);
  const changed = [...inForce]
    .filter(([, { isDefault }]) => !isDefault)
    .map(([key, { shown, where }]) => ({ setting: `${key} = ${shown}`, where }));
  const width = Math.max(0, ...changed.map(({ setting }) => setting.length).filter((length) => length <= 60));
  const lines = changed.map(({ setting, where }) => `${setting.padEnd(width)}  # ${where}`);
  return [...lines, 'configuration ok', ''].join('\n');
}
