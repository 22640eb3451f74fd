import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ConfigError } from './config-error.ts';
import { longestFileBytes, readConfigFile, readOperatorFile, readOperatorText } from './operator-file.ts';

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'relay-config-'));
});
afterAll(() => {
  rmSync(directory, { recursive: true });
});

const at = (name: string): string => join(directory, name);

describe('readOperatorText()', () => {
  test('gives the text, through symbolic links too, without a byte order mark', () => {
    writeFileSync(at('text'), '\uFEFF# é\n');
    symlinkSync('text', at('link'));
    expect(readOperatorText(at('link'))).toEqual({ text: '# é\n' });
  });

  test('gives octets of any encoding where nobody looks at them', () => {
    writeFileSync(at('latin1.pem'), Buffer.from([0x23, 0xe9, 0x0a]));
    expect(readOperatorText(at('latin1.pem'), 'octets')).toEqual({ text: '#é\n' });
  });

  test.each<[string, () => string, string]>([
    ['nothing', () => at('missing'), 'no such file or directory'],
    ['a directory', () => directory, 'a directory'],
    ['a device', () => '/dev/zero', 'a device'],
    ['a file below a file', () => join(at('text'), 'x'), 'a file where a directory has to be'],
    ['a name that is too long', () => at('x'.repeat(300)), 'a name that is too long'],
    ['memory that cannot be read', () => '/proc/self/mem', 'EIO: i/o error, read'],
  ])('%s is told', (_, name, problem) => {
    expect(readOperatorText(name())).toEqual({ problem });
  });

  test('a FIFO is not waited for', () => {
    execFileSync('mkfifo', [at('fifo')]);
    expect(readOperatorText(at('fifo'))).toEqual({ problem: 'a FIFO (named pipe)' });
  });

  test('a socket is told', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => {
      server.listen(at('socket'), resolve);
    });
    expect(readOperatorText(at('socket'))).toEqual({ problem: 'a socket' });
    server.close();
  });

  test('octets that are no UTF-8 are told', () => {
    writeFileSync(at('latin1'), Buffer.from([0x23, 0xe9]));
    expect(readOperatorText(at('latin1'))).toEqual({ problem: 'something that is not UTF-8' });
  });

  test('a circle of links is told', () => {
    symlinkSync('circle', at('circle'));
    expect(readOperatorText(at('circle'))).toEqual({ problem: 'symbolic links that go in a circle' });
  });

  test('what has no end is not read to it', () => {
    writeFileSync(at('long'), '');
    truncateSync(at('long'), longestFileBytes);
    expect(readOperatorText(at('long'))).toHaveProperty('text.length', longestFileBytes);
    truncateSync(at('long'), 1024 ** 4);
    expect(readOperatorText(at('long'))).toEqual({ problem: 'more than 32 MiB' });
  });

  test('a file of /proc, which says that it is empty, is read', () => {
    expect(readOperatorText('/proc/self/status')).toHaveProperty('text', expect.stringContaining('Name:'));
  });
});

test('readOperatorFile(): names the setting, and what is wanted', () => {
  mkdirSync(at('map'));
  const read = (): string => readOperatorFile(at('map'), 'tls.policy_maps', 'a policy map to read');
  expect(read).toThrow(ConfigError);
  expect(read).toThrow(`${at('map')}: tls.policy_maps: found a directory, wanted a policy map to read`);
});

test('readConfigFile(): gives name and text', () => {
  writeFileSync(at('relay.toml'), '#\n');
  expect(readConfigFile(at('relay.toml'))).toEqual({ name: at('relay.toml'), text: '#\n' });
  expect(() => readConfigFile(at('none.toml'))).toThrow(
    `${at('none.toml')}: found no such file or directory, wanted a text file to read`,
  );
});
