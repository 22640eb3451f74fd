import { expect, test } from 'vitest';
import { environmentAssignments } from './environment-assignments.ts';
import type { FileText } from './operator-file.ts';
import { environmentName, settingKeys } from './settings.ts';

const files: Readonly<Record<string, FileText>> = {
  '/run/secrets/redis': { text: 'redis://:s3cret@h\n' },
  '/run/secrets/windows': { text: 'redis://h\r\n' },
  '/run/secrets/empty': { text: '\n' },
};
const read = (path: string): FileText => files[path] ?? { problem: 'no such file or directory' };
const assignments = (env: Readonly<Record<string, string | undefined>>) => environmentAssignments(env, read);

test('environmentAssignments(): takes only what begins with DANE_RELAY_, but for what commands ask for', () => {
  const env = {
    HOME: '/',
    DANE_RELAY_CONFIG: 'f',
    DANE_RELAY_DRAIN_TO: 'redis://other',
    DANE_RELAY_REDIS_URL: 'x',
    DANE_RELAY_X: 'y',
    DANE_RELAY_HOSTNAME: undefined,
  };
  expect(assignments(env)).toEqual([
    { key: 'redis.url', where: 'environment, DANE_RELAY_REDIS_URL', value: { text: 'x' } },
    { key: 'DANE_RELAY_X', where: 'environment', value: { text: 'y' } },
  ]);
});

test.each([
  ['/run/secrets/redis', 'redis://:s3cret@h'],
  ['/run/secrets/windows', 'redis://h'],
])('environmentAssignments(): the value may be in a file, %s', (path, text) => {
  expect(assignments({ DANE_RELAY_REDIS_URL_FILE: path })).toEqual([
    { key: 'redis.url', where: 'environment, DANE_RELAY_REDIS_URL_FILE', value: { text } },
  ]);
});

test.each([
  ['/run/secrets/gone', 'no such file or directory (/run/secrets/gone)'],
  ['/run/secrets/empty', 'nothing in it (/run/secrets/empty)'],
  ['', 'no such file or directory ()'],
])('environmentAssignments(): a file without a value is a problem: "%s"', (path, found) => {
  expect(assignments({ DANE_RELAY_REDIS_URL_FILE: path })).toEqual([
    {
      where: 'environment, DANE_RELAY_REDIS_URL_FILE',
      key: 'redis.url',
      wanted: 'a file with the value of redis.url',
      found,
    },
  ]);
});

test('environmentAssignments(): a value and a file for it is a problem, whatever they say', () => {
  const env = { DANE_RELAY_REDIS_URL: '', DANE_RELAY_REDIS_URL_FILE: '/run/secrets/redis' };
  expect(assignments(env)).toContainEqual({
    where: 'environment, DANE_RELAY_REDIS_URL_FILE',
    key: 'redis.url',
    wanted: 'DANE_RELAY_REDIS_URL or DANE_RELAY_REDIS_URL_FILE',
    found: 'both',
  });
});

test('environmentAssignments(): a setting whose name ends in _file is that setting', () => {
  expect(assignments({ DANE_RELAY_LOG_FILE: '/run/secrets/gone' })).toEqual([
    { key: 'log.file', where: 'environment, DANE_RELAY_LOG_FILE', value: { text: '/run/secrets/gone' } },
  ]);
});

test('no setting is named as the file of another one', () => {
  const names = new Set(settingKeys.map(environmentName));
  expect([...names].filter((name) => names.has(`${name}_FILE`))).toEqual([]);
});

test('environmentAssignments(): what a platform says of a service of our name is no setting', () => {
  expect(
    assignments({ DANE_RELAY_SERVICE_HOST: '10.43.0.7', DANE_RELAY_PORT: 'tcp://10.43.0.7:25' }),
  ).toEqual([]);
});
