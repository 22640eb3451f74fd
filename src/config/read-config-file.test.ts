import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfigFile } from './read-config-file.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relay-config-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

test('readConfigFile(): gives name and text, without a byte order mark', () => {
  const name = join(directory, 'relay.toml');
  writeFileSync(name, '\uFEFF# é\n');
  expect(readConfigFile(name)).toEqual({ name, text: '# é\n' });
});

test('readConfigFile(): a missing file is a ConfigError', () => {
  const name = join(directory, 'missing.toml');
  expect(() => readConfigFile(name)).toThrow(`${name}: found no such file, wanted a text file to read`);
});

test('readConfigFile(): a directory is a ConfigError', () => {
  expect(() => readConfigFile(directory)).toThrow('found a directory');
});

test('readConfigFile(): bytes that are not UTF-8 are a ConfigError', () => {
  const name = join(directory, 'latin1.toml');
  writeFileSync(name, Buffer.from([0x23, 0xe9]));
  expect(() => readConfigFile(name)).toThrow('found something that is not UTF-8');
});
