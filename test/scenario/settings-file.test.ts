import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest';
import { runCommand } from '../support/run-command.ts';
import { launchRelay, type RunningRelay } from '../support/running-relay.ts';

/** Commands that name no file find the one of the machine; here it is the one that the environment names. */

let directory: string;
let file: string;
let relay: RunningRelay | undefined;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dr-settings-'));
  file = join(directory, 'relay.toml');
  const settings = [
    'hostname = "of-the-file.test"',
    `data_dir = "${directory}/state"`,
    '[dns]',
    'servers = ["127.0.0.1:9"]',
  ];
  await writeFile(file, settings.join('\n'));
});
afterEach(() => void vi.unstubAllEnvs());
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await rm(directory, { recursive: true });
});

test('check-config says which it is, and what is in it', async () => {
  vi.stubEnv('DANE_RELAY_CONFIG', file);
  const { code, stdout } = await runCommand(['check-config'], {});
  expect(code).toBe(0);
  expect(stdout.toString()).toContain(`settings from ${file}\n`);
  expect(stdout.toString()).toMatch(/^hostname = "of-the-file\.test" +# .*relay\.toml:1$/m);
});

test('--config says more than the environment', async () => {
  vi.stubEnv('DANE_RELAY_CONFIG', file);
  const other = join(directory, 'other.toml');
  await writeFile(other, 'hostname = "of-the-option.test"\n');
  const { stdout } = await runCommand(['check-config', '--config', other], {});
  expect(stdout.toString()).toContain(`settings from ${other}\n`);
  expect(stdout.toString()).not.toContain('of-the-file');
});

test('without one there are the defaults, and that is said', async () => {
  const { stdout } = await runCommand(['check-config'], { data_dir: directory });
  expect(stdout.toString()).toContain('settings from no file\n');
});

test('one that is named and not there is an error', async () => {
  vi.stubEnv('DANE_RELAY_CONFIG', join(directory, 'nowhere.toml'));
  const { code, stderr } = await runCommand(['check-config'], {});
  expect(code).toBe(78);
  expect(stderr).toContain('nowhere.toml: found no such file');
});

test('run, health and queue need no option to be of one mind', async () => {
  relay = await launchRelay({ dataDir: join(directory, 'state'), settingsFile: file });
  await relay.line(/: ready$/);
  expect(relay.matching(/: settings from /)).toEqual([
    `dane-relay/master[${relay.pid}]: settings from ${file}`,
  ]);
  vi.stubEnv('DANE_RELAY_CONFIG', file);
  expect((await runCommand(['queue', 'list'], {})).code).toBe(0);
  // There is no resolver, and this relay says so: it is the one that was asked.
  expect((await runCommand(['health'], {})).stdout.toString()).toMatch(/^resolver: /);
});
