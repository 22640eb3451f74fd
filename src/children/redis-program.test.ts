import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { isRedisServer, redisProgram } from './redis-program.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

function folderWith(...names: string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'redis-program-'));
  folders.push(folder);
  for (const name of names) writeFileSync(join(folder, name), '');
  return folder;
}

test('Redis where there is one, else Valkey, and its own checker with each', () => {
  const redis = folderWith('redis-server', 'redis-check-aof');
  const valkey = folderWith('valkey-server', 'valkey-check-aof', 'redis-check-aof');
  expect(redisProgram('server', `${valkey}:${redis}`)).toBe('redis-server');
  expect(redisProgram('check-aof', redis)).toBe('redis-check-aof');
  expect(redisProgram('server', valkey)).toBe('valkey-server');
  expect(redisProgram('check-aof', valkey)).toBe('valkey-check-aof');
  expect(redisProgram('server', folderWith())).toBe('redis-server');
});

test('both are known again', () => {
  expect(['redis-server 127.0.0.1:0', '/usr/bin/valkey-server', 'nginx'].map(isRedisServer)).toEqual([
    true,
    true,
    false,
  ]);
});
