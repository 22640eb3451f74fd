import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseRedisUrl, maskRedisUrl, redisAddress } from './redis-url.ts';

test.each([
  'redis://127.0.0.1:6379',
  'rediss://user:secret@redis.example.org/2',
  'unix:///run/redis/redis.sock',
  'sentinel://user:secret@a,b:26380/mail/1',
  'sentinels://a,b,c/mail?sentinel_password=secret',
])('parseRedisUrl(): %s is one', (text) => {
  expect(parseRedisUrl(text)).toEqual({ value: text });
});

test.each([
  '',
  '127.0.0.1:6379',
  'redis:',
  'redis://',
  'http://127.0.0.1',
  'unix:///',
  'unix://run/redis.sock',
  '/run/redis.sock',
  'sentinel://a,b,c',
])('parseRedisUrl(): %j is none', (text) => {
  expect(parseRedisUrl(text)).toHaveProperty('reason');
});

test.each([
  ['redis://127.0.0.1:6379', 'redis://127.0.0.1:6379'],
  ['redis://:secret@h:6379', 'redis://***@h:6379'],
  ['rediss://user:secret@h', 'rediss://***@h'],
  ['redis://user:se@cr/et@h', 'redis://***@h'],
  ['user:secret@h', '***@h'],
  ['redis:/user:secret@h', '***@h'],
  ['redis://h?password=secret&db=1', 'redis://h?password=***&db=1'],
  ['redis://h?sentinelPassword=secret', 'redis://h?sentinelPassword=***'],
  [
    'sentinel://u:secret@a,b/m?sentinel_user=v&sentinel_password=secret',
    'sentinel://***@a,b/m?sentinel_user=v&sentinel_password=***',
  ],
  ['sentinel://a/m?sentinel_password=se?cret', 'sentinel://a/m?sentinel_password=***'],
  ['sentinel://a/m?sentinel_password=se&cret', 'sentinel://a/m?sentinel_password=***'],
  [
    'sentinel://a/m?sentinel_password=se&c=ret&sentinel_tls=no',
    'sentinel://a/m?sentinel_password=***&sentinel_tls=no',
  ],
  ['sentinel://a/m?sentinel_user=v&sentinel_tls=no', 'sentinel://a/m?sentinel_user=v&sentinel_tls=no'],
  ['sentinel://a/m?se?cret', 'sentinel://a/m?***'],
  ['', ''],
])('maskRedisUrl(): %j is shown as %j', (text, shown) => {
  expect(maskRedisUrl(text)).toBe(shown);
});

test('redisAddress(): a socket by its path, a host by its URL', () => {
  expect(redisAddress('unix:///run/redis.sock')).toBe('/run/redis.sock');
  expect(redisAddress('rediss://user@redis.test:6380/1')).toBe('rediss://user@redis.test:6380/1');
});

test('redisAddress(): a file may hold the URL, and nothing of it is shown if it is none', () => {
  const directory = mkdtempSync(join(tmpdir(), 'redis-url-'));
  const file = join(directory, 'url');
  writeFileSync(file, 'unix:///run/redis.sock\n');
  expect(parseRedisUrl(`file://${file}`)).toEqual({ value: `file://${file}` });
  expect(redisAddress(`file://${file}`)).toBe('/run/redis.sock');
  for (const text of ['secret', '', `file://${file}`, 'redis://:secret@a\nredis://:secret@b']) {
    writeFileSync(file, text);
    expect(() => redisAddress(`file://${file}`)).toThrow(
      `${file}: redis.url: found something else, wanted one line with the URL of a Redis`,
    );
  }
  rmSync(directory, { recursive: true });
  expect(() => redisAddress(`file://${file}`)).toThrow('no such file');
});
