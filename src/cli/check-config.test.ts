import { expect, test } from 'vitest';
import { loadSettings } from '../config/load.ts';
import { changedSettings, checkVerdict } from './check-config.ts';

test('changedSettings(): what differs from the defaults, and who said so, in the order of the example', () => {
  const text = `
    [tls]
    level = "dane"
    [delivery]
    port = 2526
  `;
  const env = { DANE_RELAY_REDIS_URL: 'redis://relay:secret@redis.example.org' };
  const { inForce } = loadSettings({ file: { name: 'relay.toml', text }, env, sets: ['listen=[::1]:25'] });
  expect(changedSettings(inForce)).toEqual([
    'listen = ["[::1]:25"]                        # --set',
    'redis.url = "redis://***@redis.example.org"  # environment, DANE_RELAY_REDIS_URL',
    'delivery.port = 2526                         # relay.toml:5',
  ]);
});

test('changedSettings(): none of the defaults', () => {
  expect(changedSettings(loadSettings({ env: {}, sets: [] }).inForce)).toEqual([]);
});

test.each([
  [0, 0, 'configuration ok'],
  [0, 1, 'configuration ok, 1 warning'],
  [0, 2, 'configuration ok, 2 warnings'],
  [1, 2, 'configuration has 1 problem'],
])('checkVerdict(): %i problems, %i warnings: %s', (problems, warnings, line) => {
  expect(checkVerdict(problems, warnings)).toBe(line);
});
