import type { SettingsInForce } from '../config/load.ts';

/** The settings that `check-config` prints, those that differ from their defaults; no secrets in them. */
export function changedSettings(inForce: SettingsInForce): readonly string[] {
  const changed = [...inForce]
    .filter(([, { isDefault }]) => !isDefault)
    .map(([key, { shown, where }]) => ({ setting: `${key} = ${shown}`, where }));
  const width = Math.max(0, ...changed.map(({ setting }) => setting.length).filter((length) => length <= 60));
  return changed.map(({ setting, where }) => `${setting.padEnd(width)}  # ${where}`);
}

/** The last line of `check-config`. */
export function checkVerdict(problems: number, warnings: number): string {
  const count = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`;
  if (problems > 0) return `configuration has ${count(problems, 'problem')}`;
  return warnings > 0 ? `configuration ok, ${count(warnings, 'warning')}` : 'configuration ok';
}
