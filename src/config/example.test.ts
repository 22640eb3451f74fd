import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { renderExample } from './example.ts';
import { loadConfig } from './load.ts';
import { settingKeys } from './settings.ts';

const defaults = loadConfig({ env: {}, sets: [] });

test('renderExample(): is what config/relay.example.toml says', () => {
  const file = readFileSync(new URL('../../config/relay.example.toml', import.meta.url), 'utf8');
  expect(file, 'the table has changed: npm run build && npm run docs:config').toBe(renderExample());
});

test('renderExample(): loads as it stands', () => {
  const file = { name: 'relay.example.toml', text: renderExample() };
  expect(loadConfig({ file, env: {}, sets: [] })).toEqual(defaults);
});

test('renderExample(): with every setting uncommented, nothing changes', () => {
  const [plain = ''] = renderExample().split('#[[listener]]');
  const text = plain.replaceAll(/^#(?=[A-Za-z])/gm, '');
  expect(text.match(/^[A-Za-z_]+ = /gm)).toHaveLength(settingKeys.length);
  const config = loadConfig({ file: { name: 'relay.example.toml', text }, env: {}, sets: [] });
  const listeners = config.listeners.map((listener) => ({ ...listener, where: 'default' }));
  expect({ ...config, listeners }).toEqual(defaults);
});

test('renderExample(): a listener with every setting uncommented is the same as one of listen', () => {
  const [, table = ''] = renderExample().split('#[[listener]]');
  const keys = table.replaceAll(/^#(?=[A-Za-z])/gm, '').replace('address = ""', 'address = "127.0.0.1:2525"');
  const text = `[[listener]]\n${keys.replace(/^mode = .*$/m, '')}`;
  const config = loadConfig({ file: { name: 'relay.example.toml', text }, env: {}, sets: [] });
  const place = { path: 'listener[0]', where: 'relay.example.toml:1' };
  expect(config.listeners).toEqual(defaults.listeners.map((listener) => ({ ...listener, ...place })));
});

test('renderExample(): no line is longer than a terminal is wide', () => {
  expect(
    renderExample()
      .split('\n')
      .filter((line) => line.length > 100),
  ).toEqual([]);
});
