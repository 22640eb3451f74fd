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
  const text = renderExample().replaceAll(/^#(?=[A-Za-z])/gm, '');
  expect(text.match(/^[A-Za-z_]+ = /gm)).toHaveLength(settingKeys.length);
  expect(loadConfig({ file: { name: 'relay.example.toml', text }, env: {}, sets: [] })).toEqual(defaults);
});

test('renderExample(): no line is longer than a terminal is wide', () => {
  expect(
    renderExample()
      .split('\n')
      .filter((line) => line.length > 100),
  ).toEqual([]);
});
