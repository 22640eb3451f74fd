import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { checkDataDirectory, checkLogFile } from './places.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relay-places-'));
  mkdirSync(at('there'));
  writeFileSync(at('file'), 'as it was\n');
  symlinkSync('there', at('link'));
  symlinkSync('circle', at('circle'));
  symlinkSync('nowhere', at('dangling'));
  execFileSync('mkfifo', [at('fifo')]);
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

function at(name: string): string {
  return join(directory, name);
}

const check = { data_dir: checkDataDirectory, 'log.file': checkLogFile };

describe.each(['data_dir', 'log.file'] as const)('%s', (key) => {
  test.each([
    ['below a file', () => at('file/x'), 'a file where a directory has to be'],
    ['below a file, deeper', () => at('file/x/y/z'), 'a file where a directory has to be'],
    ['in /proc', () => '/proc/dane-relay', 'no such file or directory'],
    ['deeper in /proc', () => '/proc/self/x/y', 'no such file or directory'],
    ['a circle of links', () => at('circle'), 'symbolic links that go in a circle'],
    [
      'below a link that leads nowhere',
      () => at('dangling/x'),
      'dangling, a symbolic link to something that is not there',
    ],
    ['below a FIFO', () => at('fifo/x'), 'a file where a directory has to be'],
  ])('%s is refused', (_, path, found) => {
    const checked = (): void => check[key](path());
    expect(checked).toThrow(ConfigError);
    expect(checked).toThrow(`${path()}: ${key}: found `);
    expect(checked).toThrow(`${found}, wanted a`);
  });

  test('that is not there yet is well, and is not made', () => {
    check[key](at('new/er/est'));
    expect(readdirSync(directory)).not.toContain('new');
  });
});

test('a link that leads nowhere is no data_dir, and a log.file that is made there', () => {
  expect(() => checkDataDirectory(at('dangling'))).toThrow('a symbolic link to something that is not there');
  checkLogFile(at('dangling'));
});

describe('checkDataDirectory()', () => {
  test.each(['file', 'fifo'])('a %s is refused', (name) => {
    expect(() => checkDataDirectory(at(name))).toThrow('found a file where a directory has to be');
  });

  test('one that is there, or that a link leads to, is well and stays as it is', () => {
    checkDataDirectory(at('there'));
    checkDataDirectory(at('link'));
    expect(readdirSync(at('there'))).toEqual([]);
  });

  test('one in which no socket can have a name is refused', () => {
    const path = at('x'.repeat(80));
    expect(() => checkDataDirectory(path)).toThrow(
      /found a path so long that relay-delivery\.sock in it has \d+/,
    );
    symlinkSync(path, at('short'));
    mkdirSync(path);
    expect(() => checkDataDirectory(at('short'))).toThrow('found a path so long');
  });
});

describe('checkLogFile()', () => {
  test.each([
    ['there', 'a directory'],
    ['fifo', 'a FIFO or a socket that nobody reads'],
  ])('%s is refused', (name, found) => {
    expect(() => checkLogFile(at(name))).toThrow(`found ${found}, wanted a file that the relay may write to`);
  });

  test('a file stays as it is', () => {
    checkLogFile(at('file'));
    expect(readFileSync(at('file'), 'utf8')).toBe('as it was\n');
  });

  test('a FIFO with a reader is well', () => {
    const reader = openSync(at('fifo'), constants.O_RDONLY | constants.O_NONBLOCK);
    expect(() => checkLogFile(at('fifo'))).not.toThrow();
    closeSync(reader);
  });

  test.each(['', '/dev/null', '/dev/full'])('"%s" is well', (path) => {
    expect(() => checkLogFile(path)).not.toThrow();
  });
});
