import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startLab, type Lab } from '../../lab/lab.ts';
import { newKey, writeKeys } from '../../support/dkim-keys.ts';
import type { KeyRecords } from '../../support/dkim-verifiers.ts';

/** `dane-relay dkim` as an operator calls it, with a DNS that is real. */

const run = promisify(execFile);
const executable = new URL('../../../dist/main.js', import.meta.url).pathname;

let lab: Lab;
let dataDir: string;
let records: KeyRecords;

beforeAll(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-dkim-'));
  const keys = ['here', 'alias', 'twice', 'revoked', 'testing', 'none'].map((name) => [
    name,
    newKey('ed25519'),
  ]);
  const directory = join(dataDir, 'dkim');
  records = await writeKeys(directory, 'keys.test', {
    ...(Object.fromEntries(keys) as Record<string, string>),
    rsa: newKey('rsa', 4096),
    other: newKey('rsa'),
  });
  await writeKeys(directory, 'broken.test', { x: newKey('ed25519') });
  const text = (selector: string): string => records[`${selector}._domainkey.keys.test`] ?? '';
  const strings = (value: string): string =>
    (value.match(/.{1,255}/g) ?? []).map((one) => `"${one}"`).join(' ');
  lab = await startLab({
    domains: [
      {
        name: 'keys.test',
        dnssec: 'signed',
        records: () => [
          `here._domainkey TXT ${strings(text('here'))}`,
          `rsa._domainkey TXT ${strings(text('rsa'))}`,
          'alias._domainkey CNAME alias.provider',
          `alias.provider TXT ${strings(text('alias'))}`,
          `twice._domainkey TXT ${strings(text('twice'))}`,
          'twice._domainkey TXT "v=spf1 -all"',
          'revoked._domainkey TXT "v=DKIM1; k=ed25519; p="',
          `testing._domainkey TXT ${strings(`${text('testing')}; t=y`)}`,
          `other._domainkey TXT ${strings(text('rsa'))}`,
        ],
      },
      { name: 'broken.test', dnssec: 'bogus', records: () => ['x._domainkey TXT "v=DKIM1; p="'] },
    ],
    hosts: [],
  });
});
afterAll(async () => {
  await lab?.stop();
  await rm(dataDir, { recursive: true, force: true });
});

async function dkim(
  ...args: readonly string[]
): Promise<{ readonly code: number; readonly stdout: string; readonly stderr: string }> {
  const set = ['--set', `data_dir=${dataDir}`, '--set', `dns.servers=${lab.dnsServer}`];
  const env = { ...process.env, DANE_RELAY_CONFIG: '' };
  try {
    return { code: 0, ...(await run(process.execPath, [executable, 'dkim', ...args, ...set], { env })) };
  } catch (error) {
    const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string };
    return { code, stdout, stderr };
  }
}

test('check tells what the DNS has of each key', async () => {
  const { code, stdout } = await dkim('check', '--json', 'keys.test');
  expect(code).toBe(65);
  const found = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { selector: string; state: string; alias?: string });
  expect(Object.fromEntries(found.map(({ selector, state }) => [selector, state]))).toEqual({
    here: 'published',
    rsa: 'published',
    alias: 'published',
    twice: 'several',
    revoked: 'revoked',
    testing: 'testing',
    none: 'missing',
    other: 'other key',
  });
  expect(found.find(({ selector }) => selector === 'alias')?.alias).toBe('alias.provider.keys.test');
});

test('check says so when a name cannot be looked up', async () => {
  const { code, stdout } = await dkim('check', 'broken.test');
  expect([code, stdout]).toEqual([
    75,
    expect.stringMatching(/^x\._domainkey\.broken\.test: could not be looked up: SERVFAIL/),
  ]);
});

test('create makes what show shows, and the zone file is right', async () => {
  const made = await dkim('create', 'new.test', '--selector', 'mail');
  expect([made.code, made.stderr]).toEqual([0, '']);
  const again = await dkim('create', 'new.test', '--selector', 'mail');
  expect([again.code, again.stderr]).toEqual([75, expect.stringContaining('is there already')]);
  const shown = await dkim('show', 'new.test');
  expect(shown.code).toBe(0);
  for (const line of shown.stdout.trimEnd().split('\n')) expect(made.stdout).toContain(line);
  expect(await readFile(join(dataDir, 'dkim/new.test/mail-rsa.private'), 'utf8')).toMatch(
    /^-----BEGIN PRIVATE KEY-----\n/,
  );
});

test('check-config finds a key that is none', async () => {
  const place = await mkdtemp(join(tmpdir(), 'dane-relay-dkim-'));
  await writeKeys(join(place, 'dkim'), 'keys.test', { good: newKey('ed25519') });
  const file = join(place, 'dkim/keys.test/bad.private');
  await writeFile(file, 'no key');
  const args = [executable, 'check-config', '--set', `data_dir=${place}`];
  const env = { ...process.env, DANE_RELAY_CONFIG: '' };
  const failed = (await run(process.execPath, args, { env }).catch((error: unknown) => error)) as {
    readonly code: number;
    readonly stderr: string;
  };
  expect(failed).toMatchObject({
    code: 78,
    stderr: expect.stringContaining(`${file}: found no private key`),
  });
  await rm(place, { recursive: true });
});
