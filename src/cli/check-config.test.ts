import { expect, test } from 'vitest';
import { checkConfig } from './check-config.ts';

test('checkConfig(): shows what differs from the defaults, and who said so, in the order of the example', () => {
  const text = `
    [tls]
    level = "dane"
    [delivery]
    port = 2526
  `;
  const env = { DANE_RELAY_REDIS_URL: 'redis://relay:secret@redis.example.org' };
  expect(
    checkConfig({ file: { name: 'relay.toml', text }, env, sets: ['listen=[::1]:25'] }).split('\n'),
  ).toEqual([
    'listen = ["[::1]:25"]                        # --set',
    'redis.url = "redis://***@redis.example.org"  # environment, DANE_RELAY_REDIS_URL',
    'delivery.port = 2526                         # relay.toml:5',
    'configuration ok',
    '',
  ]);
});

test('checkConfig(): has little to say of the defaults', () => {
  expect(checkConfig({ env: {}, sets: [] })).toBe('configuration ok\n');
});

test('checkConfig(): throws for a wrong setting', () => {
  expect(() => checkConfig({ env: {}, sets: ['tls.level=high'] })).toThrow('tls.level');
});
