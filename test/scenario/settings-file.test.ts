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

test('a secret is in the file that a variable names; one that is not there, and two that contradict, are named', async () => {
  vi.stubEnv('DANE_RELAY_CONFIG', file);
  const secret = join(directory, 'redis-url');
  await writeFile(secret, 'redis://:correcthorsebattery@192.0.2.1\n');
  vi.stubEnv('DANE_RELAY_REDIS_URL_FILE', secret);
  const { code, stdout } = await runCommand(['check-config'], {});
  expect(code).toBe(0);
  expect(stdout.toString()).toMatch(
    /url = "redis:\/\/\*\*\*@192\.0\.2\.1" +# environment, DANE_RELAY_REDIS_URL_FILE$/m,
  );

  vi.stubEnv('DANE_RELAY_REDIS_URL', 'redis://192.0.2.2');
  const both = await runCommand(['check-config'], {});
  expect(both.code).toBe(78);
  expect(both.stderr).toContain(
    'environment, DANE_RELAY_REDIS_URL_FILE: redis.url: found both, wanted DANE_RELAY_REDIS_URL or DANE_RELAY_REDIS_URL_FILE',
  );

  vi.unstubAllEnvs();
  vi.stubEnv('DANE_RELAY_CONFIG', file);
  vi.stubEnv('DANE_RELAY_REDIS_URL_FILE', join(directory, 'gone'));
  const gone = await runCommand(['run'], {});
  expect(gone.code).toBe(78);
  expect(gone.stderr).toContain(
    'environment, DANE_RELAY_REDIS_URL_FILE: redis.url: found no such file or directory',
  );
});

test('what names the queue of a drain, and what a platform says of a service, is no wrong setting', async () => {
  vi.stubEnv('DANE_RELAY_CONFIG', file);
  vi.stubEnv('DANE_RELAY_DRAIN_TO', 'redis://192.0.2.1');
  vi.stubEnv('DANE_RELAY_SERVICE_HOST', '192.0.2.1');
  expect((await runCommand(['check-config'], {})).code).toBe(0);
  vi.stubEnv('DANE_RELAY_HOSTNAM', 'relay.test');
  const { code, stderr } = await runCommand(['check-config'], {});
  expect(code).toBe(78);
  expect(stderr).toContain('DANE_RELAY_HOSTNAM');
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
