import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { runCommand, type Ended } from '../../support/run-command.ts';

const executable = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
const password = 'correct horse battery';
const directories: string[] = [];
let file: string;
beforeEach(async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
  directories.push(directory);
  file = join(directory, 'users');
});
afterAll(() => Promise.all(directories.map((one) => rm(one, { recursive: true }))));

function user(words: readonly string[], input = ''): Promise<Ended> {
  return runCommand(['user', ...words], { 'intake.users': file }, input);
}

const text = () => readFile(file, 'utf8');

describe('user add', () => {
  test('a password from standard input; nobody else can read the file, and it does not hold it', async () => {
    const added = await user(['add', 'alice'], `${password}\r\nmore\n`);
    expect([added.code, added.stdout.toString(), added.stderr]).toEqual([
      0,
      '',
      `dane-relay: alice may log in (${file})\n`,
    ]);
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(await text()).toMatch(
      /^alice:\$scrypt\$ln=15,r=8,p=1\$\S{22}\$\S{43}\nalice:\{SCRAM-SHA-256\}65536,\S+\n$/,
    );
    expect(await text()).not.toContain(password);
    expect((await user(['check', 'ALICE'], password)).code).toBe(0);
  });

  test('a password that is made', async () => {
    const added = await user(['add', 'alice', '--generate']);
    const made = added.stdout.toString();
    expect(made).toMatch(/^[\w-]{20}\n$/);
    const checked = await user(['check', 'alice'], made);
    expect([checked.code, checked.stdout.toString()]).toEqual([0, 'right\n']);
  });

  test('another password; other lines, owner and permissions stay', async () => {
    const others = `# ours\nbob:{PLAIN}old\n`;
    await writeFile(file, `${others}alice:!`, { mode: 0o640 });
    await chmod(file, 0o640);
    const added = await user(['add', 'Alice'], password);
    expect(added.stderr).toBe(`dane-relay: Alice has a new password (${file})\n`);
    expect((await text()).startsWith(`${others}Alice:$scrypt$`)).toBe(true);
    expect((await stat(file)).mode & 0o777).toBe(0o640);
  });

  test('who keeps SCRAM from all is told', async () => {
    const bcrypt = '$2b$04$abcdefghijklmnopqrstuujydOTSfIH/d5oUHpsygqV5X9xJLQc6e';
    await writeFile(file, `bob:{BLF-CRYPT}${bcrypt}\n`, { mode: 0o600 });
    expect((await user(['add', 'alice'], password)).stderr).toContain(
      'SCRAM-SHA-256 is not offered: 1 of 2 users have no verifier for it, or one of more than 65536 iterations\n',
    );
    expect((await user(['check', 'bob'], 'correct horse\n')).code).toBe(0);
    const listed = await user(['list']);
    expect([listed.code, listed.stdout.toString()]).toEqual([
      0,
      'bob    bcrypt\nalice  scrypt, SCRAM-SHA-256\n',
    ]);
  });

  test.each([
    [['add', 'alice'], 'short', 'A password has 8 characters or more'],
    [['add', 'alice'], '', 'A password has 8 characters or more'],
    [['add', 'alice'], `${password}\u0007`, 'has characters that none may have'],
    [['add', 'al:ice'], password, 'A name has no colon'],
    [['add', '#alice'], password, 'A name has no colon'],
    [['add'], password, '"user add" needs the name of a user'],
    [['add', 'alice', 'bob'], password, '"bob" is one word too many'],
  ])('%j with %j is refused, and nothing is written', async (words, input, why) => {
    const { code, stderr } = await user(words, input);
    expect(stderr).toContain(why);
    expect(stderr).not.toContain(password);
    expect(code).toBe(64);
    await expect(text()).rejects.toThrow('ENOENT');
  });

  test('two at the same time lose nobody', async () => {
    await user(['add', 'first', '--generate']);
    const names = ['a', 'b', 'c'];
    const ended = await Promise.all(names.map((name) => user(['add', name, '--generate'])));
    const done = names.filter((_, index) => ended[index]?.code === 0);
    // Who found the file taken was told so.
    for (const { code, stderr } of ended.filter((one) => one.code !== 0))
      expect([code, stderr]).toEqual([75, `dane-relay: ${file} is being changed by another command\n`]);
    const listed = (await user(['list', '--json'])).stdout.toString().trim().split('\n');
    expect(listed.map((line) => (JSON.parse(line) as { name: string }).name).toSorted()).toEqual(
      ['first', ...done].toSorted(),
    );
  });

  test('a terminal shows no password', async () => {
    // Python's pty has the terminal; the password is typed twice, once for each question.
    const script = `
import os, pty, sys
asked = 0
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[1], sys.argv[1:])
seen = b''
while True:
    try:
        octets = os.read(terminal, 1024)
    except OSError:
        break
    if not octets:
        break
    seen += octets
    while asked < min(2, seen.count(b': ')):
        asked += 1
        os.write(terminal, b'${password}\\r')
sys.stdout.buffer.write(seen)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
`;
    const words = [executable, 'user', 'add', 'alice', '--set', `intake.users=${file}`];
    const child = spawn('python3', ['-c', script, process.execPath, ...words]);
    let seen = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (seen += chunk));
    const [code] = (await once(child, 'close')) as [number | null];
    expect(seen).toContain('Password for alice: ');
    expect(seen).toContain('Again: ');
    expect(seen).not.toContain('correct');
    expect(code).toBe(0);
    expect((await user(['check', 'alice'], password)).code).toBe(0);
  });
});

test('user remove, and what is left', async () => {
  await user(['add', 'alice'], password);
  await user(['add', 'bob'], password);
  expect((await user(['remove', 'alice'])).stderr).toBe(`dane-relay: alice may log in no more (${file})\n`);
  expect(await text()).toMatch(/^bob:[^\n]*\nbob:[^\n]*\n$/);
  const again = await user(['remove', 'alice']);
  expect([again.code, again.stderr]).toEqual([75, `dane-relay: alice is nobody in ${file}\n`]);
  const wrong = await user(['check', 'alice'], password);
  expect([wrong.code, wrong.stdout.toString()]).toEqual([77, 'wrong\n']);
  expect((await user(['check', 'bob'], 'another one')).code).toBe(77);
});

test('user list tells of lines that make no sense, and check-config too', async () => {
  await writeFile(file, 'bob:{PLAIN}topsecret\nalice\n', { mode: 0o644 });
  const listed = await user(['list']);
  expect([listed.code, listed.stdout.toString()]).toEqual([78, '']);
  expect(listed.stderr).toBe(
    `dane-relay: ${file}:1: "bob": the password stands there as it is: set the password anew with "dane-relay user add"\n` +
      `dane-relay: ${file}:2: not of the form name:hash\n`,
  );
  const check = () => runCommand(['check-config'], { 'intake.users': file, hostname: 'relay.test' });
  const checked = await check();
  expect(checked.stderr).toContain('anybody on this machine can read the hashes of the passwords (mode 644)');
  expect(checked.stderr).toContain(`${file}:2: not of the form name:hash`);
  expect(checked.code).toBe(78);
  await chmod(file, 0o602);
  expect((await check()).stderr).toContain('found mode 602, wanted a file that nobody else can write to');
});

test('without intake.users there is nothing to change', async () => {
  const { code, stderr } = await runCommand(['user', 'list'], {});
  expect(code).toBe(78);
  expect(stderr).toContain('intake.users: found nothing, wanted the file that users are kept in');
});
