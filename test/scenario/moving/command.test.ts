import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { postfixObstacle } from '../../lab/privileges.ts';
import { runCommand } from '../../support/run-command.ts';
import { unless } from '../../support/unless.ts';

let directory = '';
const at = (name: string): string => path.join(directory, name);
const write = (name: string, text: string): Promise<void> => writeFile(at(name), text);
const importIt = (...words: readonly string[]) => runCommand(['import-postfix', ...words], {});

beforeEach(async () => {
  directory = await mkdtemp(path.join(tmpdir(), 'dane-relay-import-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const login = `relayhost = [mail.example]:587
smtp_sasl_auth_enable = yes
smtp_tls_security_level = secure
`;

describe('import-postfix', () => {
  test('writes settings that pass check-config, and passwords that their owner alone can read', async () => {
    await write('passwords', '[mail.example]:587 user:s3cr3t\n');
    await write('main.cf', `${login}smtp_sasl_password_maps = texthash:${at('passwords')}\n`);
    await mkdir(at('new'));
    const { code, stdout, stderr } = await importIt(directory, '--output', at('new/relay.toml'));
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout.toString()).not.toContain('s3cr3t');
    expect(await readFile(at('new/relay.toml'), 'utf8')).not.toContain('s3cr3t');
    expect(await readFile(at('new/sasl_passwd'), 'utf8')).toBe('[mail.example]:587 user:s3cr3t\n');
    expect((await stat(at('new/sasl_passwd'))).mode & 0o777).toBe(0o600);
    const checked = await runCommand(['check-config', '--config', at('new/relay.toml')], {
      data_dir: at('data'),
    });
    expect([checked.code, checked.stdout.toString()]).toEqual([
      0,
      expect.stringContaining('configuration ok'),
    ]);
  });

  test('prints settings and no passwords, and writes nothing, without --output', async () => {
    await write(
      'main.cf',
      `${login}smtp_sasl_password_maps = static:user:s3cr3t\nsmtp_tls_scert_verifydepth = 2\n`,
    );
    const { code, stdout, stderr } = await importIt(at('main.cf'));
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('relayhost = "[mail.example]:587"\n');
    expect(stdout.toString() + stderr).not.toContain('s3cr3t');
    // What is lost is told of where the settings do not go.
    expect(stderr).toContain('PROTECTS MORE');
  });

  test('overwrites nothing without --force, and users never', async () => {
    await write('main.cf', 'myhostname = a.example\n');
    const master = 'submission inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes\n';
    await write('master.cf', master);
    await write('relay.toml', 'mine');
    await write('users', 'me:x');
    const refused = await importIt(directory, '--output', at('relay.toml'));
    expect([refused.code, await readFile(at('relay.toml'), 'utf8')]).toEqual([73, 'mine']);
    expect(refused.stderr).toContain(`${at('relay.toml')}: there already`);
    const forced = await importIt(directory, '--output', at('relay.toml'), '--force');
    expect(forced.code).toBe(0);
    expect(await readFile(at('relay.toml'), 'utf8')).toContain('hostname = "a.example"');
    expect(await readFile(at('users'), 'utf8')).toBe('me:x');
  });

  test('what is secret is not left readable by a file that was there', async () => {
    await write('main.cf', `${login}smtp_sasl_password_maps = inline:{ [mail.example]:587=user:s3cr3t }\n`);
    await write('sasl_passwd', 'old');
    const { code } = await importIt(directory, '--output', at('relay.toml'), '--force');
    expect([code, (await stat(at('sasl_passwd'))).mode & 0o777]).toEqual([0, 0o600]);
  });

  test.each([
    ['a = b\nnonsense\n', 65, "main.cf:2: missing '=' after attribute name"],
    ['relayhost = ${a\n', 65, 'main.cf:1: relayhost: "${a" has no end'],
    [undefined, 66, 'main.cf: no such file or directory'],
  ])('ends with sysexits: %j', async (text, wanted, said) => {
    if (text !== undefined) await write('main.cf', text);
    const { code, stderr } = await importIt(directory);
    expect(code).toBe(wanted);
    expect(stderr).toContain(said);
  });

  test('cannot create what has no place', async () => {
    await write('main.cf', '');
    const { code } = await importIt(directory, '--output', at('nowhere/relay.toml'));
    expect(code).toBe(73);
  });

  test('reads files of megabytes, hostile ones too', async () => {
    const many = Array.from(
      { length: 100_000 },
      (_, nth) => `p${nth} = $p${nth + 1} !10.0.${nth & 255}.1\n`,
    ).join('');
    const networks = Array.from(
      { length: 10_000 },
      (_, nth) => ` 10.${nth & 255}.0.${nth >> 9}\n !11.${nth}\n`,
    ).join('');
    await write(
      'main.cf',
      `${many}mynetworks = 127.0.0.0/8\n${networks}smtp_tls_exclude_ciphers = ${'x!,'.repeat(300_000)}\n`,
    );
    await write('master.cf', 'a inet n - n - - smtpd\n'.repeat(50_000));
    const { code, stdout } = await importIt(directory);
    expect(code).toBe(0);
    expect(stdout.toString()).toContain('networks = [');
    expect(stdout.length).toBeLessThan(40_000_000);
  });

  test('text that grows and grows is refused', async () => {
    const doubled = Array.from({ length: 40 }, (_, nth) => `p${nth} = $p${nth + 1} $p${nth + 1}\n`).join('');
    await write('main.cf', `${doubled}p40 = x\nrelayhost = $p0\n`);
    const { code, stderr } = await importIt(directory);
    expect(code).toBe(65);
    expect(stderr).toContain('the parameters expand to too much text');
  });

  unless(postfixObstacle(), test)('asks postmap where a table has no text any more', async () => {
    await write('transport', 'example.org smtp:[a.example]\n.example.net smtp:[b.example]:26\n');
    await write('main.cf', `transport_maps = hash:${at('transport')}\n`);
    execFileSync('postmap', ['-c', directory, `hash:${at('transport')}`]);
    await rm(at('transport'));
    const { code, stderr } = await importIt(directory, '--output', at('relay.toml'));
    expect([code, stderr]).toEqual([0, '']);
    const lines = (await readFile(at('transport'), 'utf8')).trim().split('\n');
    expect(lines.toSorted()).toEqual(['.example.net smtp:[b.example]:26', 'example.org smtp:[a.example]']);
  });
});
