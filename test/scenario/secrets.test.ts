import { appendFile, chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../lab/until.ts';
import { freePort } from '../../src/children/free-port.ts';
import { belongings } from '../support/belongings.ts';
import { startPrivateRedis } from '../support/private-redis.ts';
import { runCommand } from '../support/run-command.ts';
import { launchRelay, startRelay } from '../support/running-relay.ts';
import { RawClient } from './intake/raw-client.ts';

const keep = belongings();
const password = 'correcthorsebattery';

it('the password of Redis is in no line of the log, no report and no error', async () => {
  const port = await freePort('127.0.0.1');
  const redis = keep(await startPrivateRedis({ port: `${port}`, bind: '127.0.0.1' }));
  await redis.command(`CONFIG SET requirepass ${password}`);
  const set = { 'redis.url': `redis://:${password}@127.0.0.1:${port}`, 'dns.servers': '127.0.0.1:1' };
  const relay = keep(await startRelay({ set }));
  const outputs: string[] = [];
  const told = async (...words: readonly string[]): Promise<void> => {
    const { stdout, stderr } = await runCommand(words, { ...set, data_dir: relay.dataDir });
    outputs.push(stdout.toString(), stderr);
  };
  await told('queue', 'list');
  await told('check-config');
  expect(outputs.join('')).toContain('redis://***@127.0.0.1');
  await redis.kill();
  await until(async () => (await relay.health()).body.problems['queue'] !== undefined, 'trouble');
  outputs.push(JSON.stringify((await relay.health()).body));
  const commands = [['health'], ['queue', 'list'], ['queue', 'export'], ['queue', 'import']];
  await Promise.all(commands.map((words) => told(...words)));
  await relay.stop();

  // A wrong one, and one that does not even make a URL.
  await redis.restart();
  await redis.command('CONFIG SET requirepass another');
  const refused = keep(await launchRelay({ set }));
  expect(await refused.exited).toBe(75);
  await told('check-config', '--set', `redis.url=redis:/:${password}@127.0.0.1:${port}`);
  const all = [...outputs, ...relay.lines, ...refused.lines].join('\n');
  expect(all).toMatch(/WRONGPASS|NOAUTH/);
  expect(all).not.toContain(password);
});

it('a file with a password that others can read is named, at start and by check-config', async () => {
  const port = await freePort('127.0.0.1');
  const redis = keep(await startPrivateRedis({ port: `${port}`, bind: '127.0.0.1' }));
  const relay = keep(await startRelay({ set: { 'dns.servers': '127.0.0.1:1' } }));
  const file = join(relay.dataDir, 'relay.toml');
  await writeFile(file, `[redis]\nurl = "redis://:${password}@127.0.0.1:${port}"\n`, { mode: 0o644 });
  const check = () =>
    runCommand(['check-config', '--config', file], { data_dir: relay.dataDir, hostname: 'relay.test' });
  expect((await check()).stderr).toBe(
    `dane-relay: warning: ${file} holds a password and has mode 0644: others can read it\n`,
  );
  await chmod(file, 0o600);
  expect((await check()).stderr).toBe('');
  await chmod(relay.dataDir, 0o755);
  expect((await check()).stderr).toMatch(/holds the queue and has mode 0755/);
  await redis[Symbol.asyncDispose]();
});

it.each(['postfix', 'json'])(
  'no password of a user, nor what is stored of it, is in a line of the log (%s), a report or an error',
  async (format) => {
    const misplaced = 'stray-password-of-nobody';
    const wrong = 'wrong-password-of-alice';
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
    keep({ [Symbol.asyncDispose]: () => rm(directory, { recursive: true }) });
    const users = join(directory, 'users');
    const added = await runCommand(['user', 'add', 'alice'], { 'intake.users': users }, password);
    const stored = (await readFile(users, 'utf8')).split(/[$,:{}\n]/);
    const hashes = stored.filter((part) => /^[A-Za-z0-9+/]{20,}=*$/.test(part));
    expect(hashes).toHaveLength(5);
    const set = {
      listen: '',
      listener: '[{ address = "127.0.0.1:0", auth = "offer", tls_auth_only = false }]',
      networks: '',
      'intake.users': users,
      'intake.login_failure_delay': '1ms',
      'log.format': format,
      'dns.servers': '127.0.0.1:1',
    };
    const relay = keep(await launchRelay({ set }));
    await relay.line(/\bready\b/);
    const outputs = [added.stdout.toString(), added.stderr];
    const told = async (words: readonly string[], input = ''): Promise<void> => {
      const ended = await runCommand(
        words,
        { ...set, data_dir: relay.dataDir, hostname: 'relay.test' },
        input,
      );
      outputs.push(ended.stdout.toString(), ended.stderr);
    };

    const plain = (word: string): string => base64(`\0alice\0${word}`);
    const dialogues = [
      [`AUTH PLAIN ${plain(password)}`, 'MAIL FROM:<a@x.test>', 'RCPT TO:<r@y.test>', 'DATA', 'x\r\n.'],
      ['AUTH LOGIN', base64('alice'), base64(password), 'MAIL FROM:<a@x.test>'],
      [`AUTH PLAIN ${plain(wrong)}`, 'AUTH LOGIN', base64('alice'), base64(wrong)],
      // Not what it should be, or not where.
      ['AUTH PLAIN', wrong, 'AUTH LOGIN', base64('alice'), `${base64(wrong)}!`],
      [`AUTH PLAIN ${wrong} ${base64(wrong)}`, `AUTH ${wrong}`, 'AUTH CRAM-MD5', base64(wrong), wrong],
      ['AUTH SCRAM-SHA-256', base64(`n,,n=alice,r=${wrong}`), base64(wrong)],
      ['AUTH LOGIN', base64('alice'), `\x01${wrong}\x00`],
      ['MAIL FROM:<a@x.test>', `AUTH PLAIN ${plain(password)}`],
    ];
    for (const said of dialogues) {
      const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
      await client.reply();
      await client.talk('EHLO client.test', ...said);
      // Half of an answer, and it is gone.
      client.write(`AUTH PLAIN\r\n${base64(wrong).slice(0, -4)}`);
      client.socket.end();
      await client.closed();
    }
    await relay.line(/sasl_username=alice/);
    expect(relay.matching(/authentication failed/).length).toBeGreaterThan(1);

    // A line that is no entry, but a password alone, and one with a hash that is none.
    await appendFile(users, `${misplaced}\nbob:{NONE}${misplaced}\n`);
    relay.signal('SIGHUP');
    await relay.line(/users:\d+: /);
    outputs.push(await relay.metrics(), JSON.stringify((await relay.health()).body));
    const commands = [
      ['check-config'],
      ['health'],
      ['queue', 'list', '--json'],
      ['queue', 'export'],
      ['user', 'list'],
    ];
    for (const words of commands) await told(words);
    for (const word of [password, wrong]) await told(['user', 'check', 'alice'], word);
    expect(outputs.join('')).toMatch(/users:\d+: .*right\n.*/s);
    await relay.stop();
    const all = [...outputs, ...relay.lines].join('\n');
    for (const word of [password, wrong, misplaced])
      for (const form of [word, base64(word), plain(word)]) expect(all).not.toContain(form.slice(0, 16));
    for (const hash of hashes) expect(all).not.toContain(hash);
  },
);
