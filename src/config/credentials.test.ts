import { expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { credentialPath, credentialsDirectory } from './credentials.ts';
import { loadConfig, loadSettings } from './load.ts';

const env = { CREDENTIALS_DIRECTORY: '/run/credentials/x.service' };

test('credentialsDirectory(): that of systemd, or that of the service for commands', () => {
  expect(credentialsDirectory(env)).toBe('/run/credentials/x.service');
  expect(credentialsDirectory({})).toBe('/run/credentials/dane-relay.service');
});

test.each([
  ['credential:tls.key', '/c/tls.key'],
  ['credential:a-b_c', '/c/a-b_c'],
  ['credential:', undefined],
  ['credential:../etc/shadow', undefined],
  ['credential:..', undefined],
  ['credential:a/b', undefined],
  ['/etc/credential:a', undefined],
])('credentialPath(): %s is %s', (word, path) => {
  expect(credentialPath(word, '/c')).toBe(path);
});

test('files, those of listeners and the URL of Redis may be credentials, and are shown as they were written', () => {
  const tables =
    'listener=[{ address = "127.0.0.1:465", tls = "implicit", certificate = "/etc/a.pem", key = "credential:a.key" }]';
  const sets = ['delivery.sasl_password_maps=credential:passwords', 'redis.url=credential:redis', tables];
  const { config, inForce } = loadSettings({ env, sets });
  const place = '/run/credentials/x.service';
  expect(config.delivery.saslPasswordMaps).toBe(`${place}/passwords`);
  expect(config.listeners[0]?.certificates).toEqual([{ certificate: '/etc/a.pem', key: `${place}/a.key` }]);
  expect(config.redis.url).toBe(`file://${place}/redis`);
  expect(inForce.get('redis.url')?.shown).toBe('"credential:redis"');
});

test('a name that is none is refused', () => {
  const sets = ['intake.users=credential:../users'];
  expect(() => loadConfig({ env, sets })).toThrow(ConfigError);
  expect(() => loadConfig({ env, sets })).toThrow(/"credential:\.\.\/users" \(no name of a credential\)/);
});
