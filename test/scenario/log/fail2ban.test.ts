import { execFile } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { searchPath } from '../../lab/privileges.ts';
import { existsSync } from 'node:fs';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { startRelay } from '../../support/running-relay.ts';
import { unless } from '../../support/unless.ts';
import { beginExchange } from '../../../src/core/sasl/exchange.ts';
import { RawClient } from '../intake/raw-client.ts';

/** What fail2ban makes of the log of a relay that somebody guesses at. */

const program = searchPath()
  .split(':')
  .map((folder) => join(folder, 'fail2ban-regex'))
  .find((path) => existsSync(path));
const ours = fileURLToPath(new URL('../../../deploy/fail2ban/filter.d/dane-relay.conf', import.meta.url));
const base64 = (text: string): string => Buffer.from(text).toString('base64');
const keep = belongings();

unless(program === undefined ? 'fail2ban is not installed' : undefined, describe)('fail2ban', () => {
  let directory: string;
  /** Of Debian's package. */
  const stock = join(dirname(program ?? ''), '../../etc/fail2ban');
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'dane-relay-'));
    await copyFile(join(stock, 'filter.d/common.conf'), join(directory, 'common.conf'));
    await copyFile(ours, join(directory, 'dane-relay.conf'));
  });
  afterAll(() => rm(directory, { recursive: true }));

  /** The log of a relay at which these fail: PLAIN twice (one user unknown), LOGIN, SCRAM-SHA-256, and a stranger's mail. */
  async function logOf(syslogName: string): Promise<string> {
    const users = join(directory, 'users');
    await writeFile(users, '', { mode: 0o600 });
    await runCommand(['user', 'add', 'alice'], { 'intake.users': users }, 'correct horse');
    const file = join(directory, `${syslogName}.log`);
    const relay = keep(
      await startRelay({
        set: {
          listen: '',
          listener: '[{ address = "127.0.0.1:0", auth = "offer", tls_auth_only = false }]',
          networks: '',
          'intake.users': users,
          'intake.login_failure_delay': '0s',
          'log.syslog_name': syslogName,
          'dns.servers': '127.0.0.1:1',
        },
      }),
    );
    const client = await RawClient.open({ host: '127.0.0.1', port: relay.port });
    await client.reply();
    await client.say('EHLO client.example');
    await client.say(`AUTH PLAIN ${base64('\0alice\0wrong')}`);
    await client.say(`AUTH PLAIN ${base64('\0mallory\0wrong')}`);
    await client.talk('AUTH LOGIN', base64('alice'), base64('wrong'));
    const scram = beginExchange('SCRAM-SHA-256', { user: 'alice', password: 'wrong' }, 'nonce');
    const first = await client.say(`AUTH SCRAM-SHA-256 ${scram.initial}`);
    const step = await scram.next(first.slice(4));
    await client.say('response' in step ? step.response : '*');
    // Nobody's guess: a mechanism that is not there, an exchange that is given up.
    await client.talk('AUTH CRAM-MD5', 'AUTH LOGIN', '*');
    await client.talk('MAIL FROM:<a@x.example>', 'RCPT TO:<r@y.example>', 'QUIT');
    await relay.line(/disconnect from/);
    await relay.stop();
    // The time and host that syslog puts in front.
    await writeFile(file, relay.lines.map((line) => `Nov 29 20:00:00 relay ${line}\n`).join(''));
    return file;
  }

  async function matched(log: string, filter: string): Promise<number> {
    const { stdout } = await promisify(execFile)(program ?? '', ['-c', stock, log, filter]);
    return Number(/(\d+) matched/.exec(stdout)?.[1]);
  }

  test.each(['dane-relay', 'postfix-dane'])(
    'our filter sees all of it, with log.syslog_name = %s',
    async (name) => {
      const log = await logOf(name);
      expect(await matched(log, join(directory, 'dane-relay.conf'))).toBe(5);
      const sasl = (await readFile(log, 'utf8')).match(/SASL \S+ authentication failed/g);
      expect(sasl).toHaveLength(4);
    },
  );

  test('the stock filter of Postfix sees PLAIN and LOGIN, and the stranger in mode extra', async () => {
    const log = await logOf('postfix-dane');
    expect(await matched(log, 'postfix[mode=auth]')).toBe(3);
    expect(await matched(log, 'postfix[mode=extra]')).toBe(4);
  });
});
