import { expect, test } from 'vitest';
import { buildConfig } from './config.ts';
import { settingKeys, settingOf, type SettingKey, type SettingValue } from './settings.ts';

const units: Readonly<Record<string, string>> = {
  'a duration': 'Ms',
  'a share': 'Percent',
  'a size': 'Bytes',
};

/** `delivery.connect_timeout` is `delivery.connectTimeoutMs`. */
function pathOf(key: SettingKey): string {
  const unit = /^a (?:duration|share|size)/.exec(settingOf(key).kind.wanted)?.[0];
  return key.replaceAll(/_([a-z])/g, (_, letter: string) => letter.toUpperCase()) + (units[unit ?? ''] ?? '');
}

test('buildConfig(): has every setting in its place, with its unit, and nothing else', () => {
  const value = <K extends SettingKey>(key: K): SettingValue<K> => key as unknown as SettingValue<K>;
  const { listeners, ...config } = buildConfig(value, []);
  expect(listeners).toEqual([]);
  const placed = Object.entries(config).flatMap(([name, value]: [string, unknown]): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([leaf, key]): [string, unknown] => [`${name}.${leaf}`, key])
      : [[name, value]],
  );
  expect(placed).toEqual(settingKeys.map((key) => [pathOf(key), key]));
});
