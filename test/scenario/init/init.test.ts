import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { spawnSync } from 'node:child_process';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { belongings } from '../../support/belongings.ts';
import { labSettings, startRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { startAtTerminal, terminalObstacle, type Terminal } from '../../support/terminal.ts';
import { unless } from '../../support/unless.ts';

const keep = belongings();
const executable = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
let lab: Lab;
beforeAll(async () => {
  lab = await startSmallLab();
});
afterAll(async () => {
  await lab?.stop();
});

/** A machine of somebody who has no relay yet. */
async function world() {
  const home = await mkdtemp(join(tmpdir(), 'dane-relay-init-'));
  keep({ [Symbol.asyncDispose]: () => rm(home, { recursive: true, force: true }) });
  const file = join(home, 'config/relay.toml');
  const env = {
    DANE_RELAY_CONFIG: file,
    DANE_RELAY_DATA_DIR: join(home, 'data'),
    DANE_RELAY_DNS_SERVERS: lab.dnsServer,
    DANE_RELAY_DELIVERY_PORT: String(lab.port),
    HOME: home,
    TERM: 'dumb',
  };
  const words = (...options: readonly string[]): string[] => [
    process.execPath,
    executable,
    'init',
    ...options,
  ];
  const atTerminal = (...options: readonly string[]): Terminal =>
    keep(startAtTerminal(words(...options), env));
  const run = (command: string, ...options: readonly string[]) =>
    spawnSync(process.execPath, [executable, command, ...options], {
      env: { ...process.env, ...env },
      encoding: 'utf8',
    });
  return { home, file, atTerminal, run };
}

const enter = '\r';

unless(terminalObstacle(), it)(
  'every question, answered wrong and then right, makes a file that a relay works with',
  async () => {
    const { file, atTerminal, run } = await world();
    const terminal = atTerminal();
    const say = (prompt: string, answer: string): Promise<void> =>
      terminal.answer(prompt, `${answer}${enter}`);
    const twice = async (prompt: string, wrong: string, says: string, right: string): Promise<void> => {
      await say(`${prompt} [`, wrong);
      await terminal.answer(says, '');
      await say(`${prompt} [`, right);
    };
    await twice('Name of this relay', 'relay', 'a name with its domain', 'mx.good.test');
    await twice('Public address', '300.1.1.1', 'an IP address such as', 'none');
    await terminal.answer('mx.good.test resolves to', '');
    await twice('Mail server (none, postfix, exim, sendmail, other)', 'qmail', 'wanted is one of', 'postfix');
    await twice('Addresses or networks of clients', '0.0.0.0/0', 'an open relay', '192.0.2.20');
    await twice('Address and port for them', '192.0.2.10', 'no port', '127.0.0.1:2525');
    await twice('Clients that log in (yes or no)', 'perhaps', 'yes or no', 'yes');
    await twice('Address and port for logins', '127.0.0.1:2525', 'another port', '127.0.0.1:2587');
    await twice('Domains that send', 'nodomain', 'domains such as', 'good.test');
    await twice('Sign (yes or no)', '?', 'yes or no', 'yes');
    await twice('Domain to try port 25 with', '@', 'a domain such as', 'good.test');
    await terminal.answer(`outbound port ${lab.port} is open`, '');
    await twice('Other host', '[mail', '"[mail": wanted', '');
    await say(`Write ${file}? [yes]:`, 'what');
    await say(`Write ${file}? [yes]:`, 'y');
    expect(await terminal.exited, terminal.screen()).toBe(0);
    const screen = terminal.screen();
    expect(screen).toContain('good.test. IN TXT "v=spf1 ip4:YOUR-ADDRESS -all"\n');
    expect(screen).toContain(
      '_dmarc.good.test. IN TXT "v=DMARC1; p=none; rua=mailto:postmaster@good.test"\n',
    );
    expect(screen).toContain('dane-relay dkim create good.test\n');
    expect(screen).toContain('relayhost = [127.0.0.1]:2525');
    expect(screen).toMatch(/\n\d+ .*(?:is|are) well\n$/);
    const own = screen
      .split('\n')
      .filter((line) => !/^(?: {6}|ok|warn|FAIL|skip)|relay\.toml|users|IN TXT/.test(line));
    for (const line of own) expect(line.length, line).toBeLessThanOrEqual(80);

    expect(statSync(file).mode & 0o777).toBe(0o644);
    expect(readdirSync(join(file, '..'))).toEqual(['relay.toml']);
    const checked = run('check-config');
    expect(checked.stdout).toMatch(/hostname = "mx\.good\.test"[^]*configuration ok/);
    expect(checked.status, checked.stderr).toBe(0);
    // What the lines for logins name is made as the command says; then they are good, too.
    const users = join(file, '../users');
    expect(run('certificate', 'create').stderr).toBe('');
    const added = run('user', 'add', '--generate', '--set', `intake.users=${users}`, 'somebody');
    expect(added.status, added.stderr).toBe(0);
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/^#(?! )/gm, ''));
    const whole = run('check-config');
    expect(whole.stdout).toMatch(/listener\[0\]\.auth = "require"[^]*configuration ok/);
    expect(whole.status, whole.stderr).toBe(0);
    writeFileSync(file, text);
    // Ports of its own, since others test on this machine, too.
    const set = { ...labSettings(lab), listen: '127.0.0.1:0' };
    const relay = keep(await startRelay({ settingsFile: file, set }));
    const id = await sendMail(relay.port, { from: 'a@good.test', to: 'b@good.test' });
    await relay.line(new RegExp(`${id}: to=<b@good\\.test>.*status=sent`));
  },
);

it('--yes asks nothing, and the file is where the relay looks for it', async () => {
  const { file, run } = await world();
  const ended = run('init', '--yes');
  expect(ended).toMatchObject({ status: 0, stderr: '' });
  expect(ended.stdout).toContain(`${file} is written. What comes next:\n  dane-relay check-config\n`);
  expect(ended.stdout).toContain('Addresses or networks of clients: none\n');
  const text = readFileSync(file, 'utf8');
  expect(run('check-config').status).toBe(0);

  // What is there is not touched.
  const again = run('init', '--yes');
  expect(again).toMatchObject({ status: 0 });
  expect(again.stdout.replaceAll(/\s+/g, ' ')).toContain(
    `${file} is there and stays as it is: the new settings go to ${file}.new. `,
  );
  expect(again.stdout).toContain(
    `  dane-relay check-config --config ${file}.new\n  mv ${file}.new ${file}\n`,
  );
  expect(again.stdout).toMatch(/^ {2}systemctl restart dane-relay/m);
  expect(readFileSync(file, 'utf8')).toBe(text);
  expect(readFileSync(`${file}.new`, 'utf8')).toBe(text);
  const third = run('init', '--yes');
  expect(third.status).toBe(73);
  expect(third.stderr).toContain('nothing is written over');
});

it('where nobody can be asked, it says so and writes nothing', async () => {
  const { home, run } = await world();
  const ended = run('init');
  expect(ended.status).toBe(64);
  expect(ended.stderr).toContain('"init" asks at a terminal, and this is none: --yes takes the default');
  expect(readdirSync(home)).toEqual([]);
});

it('what cannot be written is found out before anything is asked', async () => {
  const { home, run } = await world();
  writeFileSync(join(home, 'file'), '');
  const ended = run('init', '--yes', '--output', join(home, 'file/relay.toml'));
  expect(ended.status).toBe(73);
  expect(ended.stdout).toBe('');
});

unless(terminalObstacle(), it)(
  '^C at any time leaves nothing, and so do a no and an answer without an end',
  async () => {
    const { home, atTerminal } = await world();
    const first = atTerminal();
    await first.answer('Name of this relay [', '\u0003');
    expect(await first.exited).toBe(75);
    expect(first.screen()).toContain('given up: nothing was written');

    const second = atTerminal();
    await second.answer('Name of this relay [', `mx.good.test${enter}`);
    await second.answer('Public address [', `none${enter}`);
    // While the DNS is asked, or at the next question.
    second.type('\u0003');
    expect(await second.exited).toBe(75);

    const third = atTerminal();
    // All at once, as when it is pasted: each line answers its question.
    await third.answer('Name of this relay [', `mx.good.test${enter}${`none${enter}`.repeat(1)}`);
    await third.answer('Public address [', '');
    await third.answer('Mail server', enter);
    await third.answer('Addresses or networks', enter);
    await third.answer('Clients that log in', enter);
    await third.answer('Domains that send', `none${enter}`);
    await third.answer('Domain to try', enter);
    await third.answer('Other host', enter);
    await third.answer('Write ', `no${enter}`);
    expect(await third.exited).toBe(75);

    const fourth = atTerminal();
    await fourth.answer('Name of this relay [', 'x'.repeat(100_000));
    expect(await fourth.exited).toBe(75);
    expect(existsSync(join(home, 'config'))).toBe(false);
  },
);
