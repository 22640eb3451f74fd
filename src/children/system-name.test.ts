import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { systemFqdn } from './system-name.ts';

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
});
afterAll(() => rm(directory, { recursive: true }));

async function program(script: string): Promise<string> {
  const file = join(directory, 'hostname');
  await writeFile(file, `#!/bin/sh\n${script}\n`);
  await chmod(file, 0o700);
  return file;
}

test('systemFqdn(): the word of hostname --fqdn', async () => {
  expect(await systemFqdn(60_000, await program('test "$1" = --fqdn && echo relay.example.org'))).toBe(
    'relay.example.org',
  );
});

test.each([
  ['fails', 'echo relay.example.org; exit 1', 60_000],
  ['hangs', 'exec sleep 600', 1],
  ['has no end', 'exec yes', 60_000],
])('systemFqdn(): nothing of one that %s', async (_, script, timeoutMs) => {
  expect(await systemFqdn(timeoutMs, await program(script))).toBeUndefined();
});

test('systemFqdn(): nothing where it is not installed', async () => {
  expect(await systemFqdn(60_000, join(directory, 'nowhere'))).toBeUndefined();
});
