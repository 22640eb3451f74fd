import { execFileSync } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand, type Ended } from '../../support/run-command.ts';

/** What `run` would refuse or warn of, `check-config` tells, and nothing that it looks at keeps it waiting. */

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  execFileSync('mkfifo', [at('fifo')]);
  await writeFile(at('latin1'), Buffer.from('# \xe9\n', 'latin1'));
});
afterAll(() => rm(directory, { recursive: true }));

function at(name: string): string {
  return join(directory, name);
}

async function put(name: string, text: string): Promise<string> {
  await writeFile(at(name), text, { mode: 0o600 });
  return at(name);
}

const usual = (): Record<string, string> => ({ data_dir: at('data'), hostname: 'relay.test' });

function run(words: readonly string[], set: Readonly<Record<string, string>> = {}): Promise<Ended> {
  return runCommand(words, { ...usual(), ...set });
}

const fileSettings = [
  ['tls.policy_maps', {}],
  ['tls.CAfile', {}],
  ['delivery.transport_maps', {}],
  ['delivery.sasl_password_maps', { 'delivery.sasl_auth_enable': 'true' }],
  ['intake.users', {}],
  ['intake.sender_login_maps', {}],
  ['dns.trust_anchor', {}],
] as const;

describe.each(['check-config', 'run'])('%s', (command) => {
  test.each(fileSettings)('does not wait for a FIFO in %s', async (key, set) => {
    const { code, stderr } = await run([command], { ...set, [key]: at('fifo') });
    expect(stderr).toContain(`dane-relay: ${at('fifo')}: ${key}: found a FIFO (named pipe), wanted `);
    expect(code).toBe(78);
  });

  test.each([
    ['the FIFO', 'fifo', 'a FIFO (named pipe)'],
    ['the text in another encoding', 'latin1', 'something that is not UTF-8'],
    ['the directory', '.', 'a directory'],
  ])('refuses %s instead of its settings', async (_, name, found) => {
    const { code, stderr } = await run([command, '-c', at(name)]);
    expect([code, stderr]).toEqual([
      78,
      `dane-relay: ${at(name)}: found ${found}, wanted a text file to read\n`,
    ]);
  });

  test.each([
    ['data_dir', '/proc/dane-relay'],
    ['data_dir', '/etc/hostname/x'],
    ['data_dir', `/tmp/${'x'.repeat(100)}`],
    ['log.file', '/proc/relay.log'],
  ])('refuses %s = %s', async (key, path) => {
    const { code, stderr } = await run([command], { [key]: path });
    expect(stderr).toMatch(`${path}: ${key}: found `);
    expect(code).toBe(78);
  });

  test.each([
    ['0.0.0.0:2599,127.0.0.1:2599', '', /listen: found 127\.0\.0\.1:2599, and 0\.0\.0\.0:2599 in listen/],
    ['localhost:2599,127.0.0.1:2599,[::1]:2599', '', /listen: found .*, and .* in listen/],
  ])('refuses to listen on %s and %j', async (listen, status, message) => {
    const { code, stderr } = await run([command], { listen, 'status.listen': status });
    expect(stderr).toMatch(message);
    expect(code).toBe(78);
  });
});

describe('check-config', () => {
  test('counts entries that make no sense, of every table', async () => {
    const map = await put('policy', 'example.org dane_only\nexample.net dane\n');
    const transport = await put('transport', 'example.org uucp:x\n');
    const passwords = await put('passwords', 'example.org secret\n');
    const { code, stdout, stderr } = await run(['check-config'], {
      'tls.policy_maps': map,
      'delivery.transport_maps': transport,
      'delivery.sasl_auth_enable': 'true',
      'delivery.sasl_password_maps': passwords,
    });
    expect(stderr.split('\n')).toEqual([
      `dane-relay: ${map}:1: next-hop destination "example.org": invalid security level "dane_only"`,
      expect.stringContaining(`dane-relay: ${transport}:1: "example.org": unknown mail transport "uucp"`),
      expect.stringContaining(`dane-relay: ${passwords}:1: `),
      '',
    ]);
    expect(stdout.toString()).toMatch(/\nconfiguration has 3 problems\n$/);
    expect(`${stdout.toString()}${stderr}`).not.toContain('secret');
    expect(code).toBe(78);
  });

  test('warns of a link-local address without its zone, at which nobody can listen', async () => {
    const { code, stderr } = await run(['check-config'], { listen: '[fe80::1]:2599' });
    expect(stderr).toContain('listen: [fe80::1]:2599 is no address of this machine now');
    expect(code).toBe(0);
  });

  test('calls an open relay one, and what others can read', async () => {
    const passwords = await put('readable', 'mail.example.org user:secret\n');
    await chmod(passwords, 0o644);
    const { code, stdout, stderr } = await run(['check-config'], {
      networks: '0.0.0.0/0',
      'delivery.sasl_auth_enable': 'true',
      'delivery.sasl_password_maps': passwords,
    });
    expect(stderr).toMatch(/^dane-relay: warning: networks: 0\.0\.0\.0\/0: .* open relay/);
    expect(stderr).toContain(`warning: ${passwords}: anybody on this machine can read the passwords`);
    expect(stdout.toString()).toMatch(/\nconfiguration ok, 2 warnings\n$/);
    expect(code).toBe(0);
  });

  test('tells of an address that is not of this machine, and of a name without a domain', async () => {
    const { code, stderr } = await run(['check-config'], { listen: '192.0.2.77:2599', hostname: 'relay' });
    expect(stderr.split('\n').toSorted()).toEqual([
      '',
      expect.stringMatching(/warning: hostname: "relay" is no name with a domain/),
      'dane-relay: warning: listen: 192.0.2.77:2599 is no address of this machine now',
    ]);
    expect(code).toBe(0);
  });

  test('approves of all addresses of both kinds, and leaves nothing behind', async () => {
    const before = await readdir(directory);
    const { code, stdout, stderr } = await run(['check-config'], { listen: '0.0.0.0:2599,[::]:2599' });
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.toString()).toMatch(/\nconfiguration ok\n$/);
    expect(await readdir(directory)).toEqual(before);
  });
});
