import { execFile, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { chooseAddresses } from '../../lab/address-space.ts';
import { startMailHost, type MailHost, type MailHostOptions } from '../../lab/mail-host.ts';
import { belongings } from '../../support/belongings.ts';
import { unless } from '../../support/unless.ts';
import { filesIn, leavingWorld, type Left } from './leaving-kit.ts';

const keep = belongings();

/** What a mail system at the other end of a pipe is. */
const pipe = `const s = require('net').connect(process.argv[2], process.argv[1]); process.stdin.pipe(s); s.pipe(process.stdout)`;

interface Resent {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** An export of these messages, and a mail system that takes them. */
async function world(messages: readonly Left[], options: MailHostOptions = {}) {
  const { to, accept, command } = await leavingWorld(keep);
  const ids = await accept(messages);
  const space = await chooseAddresses();
  const place = { name: 'mx.test', address: space.address(1), port: space.port };
  const host: MailHost = await startMailHost(place, { startTls: false, ...options });
  keep({ [Symbol.asyncDispose]: () => host.stop() });
  expect(await command('queue', 'export', '--as', 'eml', '--to', to)).toMatchObject({ code: 0 });
  const usualPeer = [process.execPath, '-e', pipe, place.address, String(place.port)];
  const resend = (
    states: readonly string[] = [],
    shell: readonly string[] = ['sh'],
    peer: readonly string[] = usualPeer,
  ): Promise<Resent> => {
    const [program = '', ...words] = [...shell, join(to, 'resend'), ...states, '--', ...peer];
    return new Promise((resolve) =>
      execFile(program, words, (error, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
      ),
    );
  };
  return {
    to,
    ids,
    host,
    resend,
    commands: () => host.sessions.flatMap(({ plaintextCommands }) => plaintextCommands),
  };
}

const bait =
  'Subject: bait\r\n\r\nRSET\r\nMAIL FROM:<evil@x.test>\r\nRCPT TO:<prey@x.test>\r\nDATA\r\n.\r\n..\r\n.a\r\n';
const wishes: Left = {
  envelope: {
    recipients: [
      { address: 'a@x.test', notify: ['NEVER'] },
      { address: 'b@y.test', orcpt: 'rfc822;c@y.test' },
    ],
    body: '8BITMIME',
    ret: 'FULL',
    envid: 'Q1',
  },
  content: Buffer.concat([
    Buffer.from(bait),
    Buffer.from(Array.from({ length: 256 }, (_, at) => (at === 10 || at === 13 ? 32 : at))),
    Buffer.from('\r\n'),
    Buffer.alloc(100_000, 'y'),
    Buffer.from('\r\n'),
  ]),
};

const has = (program: string): string | undefined =>
  spawnSync(program, ['-c', ':']).error === undefined ? undefined : `${program} is not installed`;
for (const shell of [['dash'], ['bash', '--posix'], ['busybox', 'sh']])
  unless(shell[0] === 'busybox' ? hasBusybox() : has(shell[0] ?? ''), it)(
    `${shell.join(' ')}: envelope and octets are handed over as they are`,
    async () => {
      const { to, ids, host, resend, commands } = await world([wishes]);
      const [id = ''] = ids;
      const content = readFileSync(join(to, `content/${id}.eml`));
      const ended = await resend([], shell);
      expect(ended).toEqual({
        code: 0,
        stdout: expect.stringMatching(new RegExp(`^${id}: 250 .*\n1 message handed over\n$`)) as string,
        stderr: '',
      });
      expect(host.messages).toHaveLength(1);
      expect(host.messages[0]?.data.equals(content)).toBe(true);
      expect(commands().filter((line) => !line.startsWith('EHLO'))).toEqual([
        'MAIL FROM:<sender@example.org> BODY=8BITMIME RET=FULL ENVID=Q1',
        'RCPT TO:<a@x.test> NOTIFY=NEVER ORCPT=rfc822;a@x.test',
        'RCPT TO:<b@y.test> ORCPT=rfc822;c@y.test',
        'DATA',
        'QUIT',
      ]);
      const files = filesIn(to);
      expect(files[`send/${id}`]).toBeUndefined();
      expect(files[`sent/${id}`]).toMatch(
        /^RCPT TO:<a@x\.test> .*\t250 .*\nRCPT TO:<b@y\.test> .*\t250 .*\n$/,
      );
      // Nothing is sent twice.
      expect((await resend([], shell)).stdout).toBe('0 messages handed over\n');
      expect(host.messages).toHaveLength(1);
    },
  );

function hasBusybox(): string | undefined {
  return spawnSync('busybox', ['true']).error === undefined ? undefined : 'busybox is not installed';
}

it('whom the mail system refuses stays, and the others are handed over', async () => {
  const replies = { 'RCPT TO:<a@x.test>': '550 5.1.1 no such user', 'MAIL FROM:<bad@': '553 5.1.8 no' };
  const { to, ids, host, resend } = await world([wishes, { envelope: { sender: 'bad@x.test' } }, {}], {
    replies,
  });
  const [first = '', second = '', third = ''] = ids;
  const ended = await resend();
  expect(ended.code).toBe(75);
  expect(ended.stderr).toContain(`${first}: stays: RCPT TO:<a@x.test>: 550 5.1.1 no such user\n`);
  expect(ended.stderr).toContain(`${second}: stays: 553 5.1.8 no\n`);
  expect(ended.stderr).toMatch(/^2 remain in .*\/send$/m);
  expect(ended.stdout).toMatch(/2 messages handed over\n$/);
  expect(host.messages.map(({ recipients }) => recipients.join(' ')).toSorted()).toEqual([
    'b@y.test',
    'user@x.test',
  ]);
  const files = filesIn(to);
  expect(files[`send/${first}`]).toBe(
    'MAIL FROM:<sender@example.org> BODY=8BITMIME RET=FULL ENVID=Q1\nRCPT TO:<a@x.test> NOTIFY=NEVER ORCPT=rfc822;a@x.test\n',
  );
  expect(files[`send/${third}`]).toBeUndefined();
});

it('text of a message is no command where DATA is refused', async () => {
  const { ids, host, resend, commands } = await world([wishes], { replies: { DATA: '554 5.5.1 no' } });
  const ended = await resend();
  expect(ended).toMatchObject({
    code: 75,
    stderr: expect.stringContaining(`${ids[0]}: stays: 554 5.5.1 no`) as string,
  });
  expect(host.messages).toEqual([]);
  expect(commands().map((line) => line.split(' ')[0])).toEqual([
    'EHLO',
    'MAIL',
    'RCPT',
    'RCPT',
    'DATA',
    'RSET',
    'QUIT',
  ]);
});

it('too many recipients at a time are handed over in several transactions', async () => {
  const recipients = Array.from({ length: 5 }, (_, at) => ({ address: `r${at}@x.test` }));
  const once = (_: string, nth: number): string | undefined => (nth === 1 ? '452 4.5.3 too many' : undefined);
  const replies = { 'RCPT TO:<r2': once, 'RCPT TO:<r4': once };
  const { host, resend, to } = await world([{ envelope: { recipients } }], { replies });
  expect(await resend()).toMatchObject({ code: 0, stderr: '' });
  expect(host.messages.map((message) => message.recipients)).toEqual([
    ['r0@x.test', 'r1@x.test'],
    ['r2@x.test', 'r3@x.test'],
    ['r4@x.test'],
  ]);
  expect(Object.keys(filesIn(to)).filter((name) => name.startsWith('send/'))).toEqual([]);
});

it('a mail system that hangs up is told of, and nothing counts that it did not take', async () => {
  const trouble = { at: 'after final dot', action: 'drop', sessions: 1 } as const;
  const { host, resend, ids, to } = await world([{}, {}], { trouble });
  const ended = await resend();
  expect(ended).toMatchObject({ code: 75, stdout: '0 messages handed over\n' });
  expect(ended.stderr).toContain('resend: the mail system hung up');
  expect(ended.stderr).toMatch(/^2 remain in /m);
  expect(await resend()).toMatchObject({ code: 0 });
  expect(Object.keys(filesIn(to)).filter((name) => name.startsWith('sent/'))).toHaveLength(ids.length);
  // One may have arrived the first time.
  expect(host.messages.length).toBeGreaterThanOrEqual(2);
});

it('a mail system that reads no more is told of as well, and nothing is left of the attempt', async () => {
  const { resend, to } = await world([{}]);
  const deaf = `printf '220 x\\r\\n'; read hello; exec <&-; printf '250 x\\r\\n'`;
  const ended = await resend([], ['sh'], ['sh', '-c', deaf]);
  expect(ended).toMatchObject({ code: 75, stdout: '0 messages handed over\n' });
  expect(ended.stderr).toContain('resend: the mail system hung up');
  expect(Object.keys(filesIn(to)).filter((name) => name.startsWith('.resend'))).toEqual([]);
});

it('what a mail system does not offer is left out, and mail that needs it stays', async () => {
  const international = { envelope: { recipients: [{ address: 'ü@x.test' }], smtpUtf8: true } };
  const { ids, resend, commands } = await world([wishes, international, { envelope: { smtpUtf8: true } }], {
    extensions: ['PIPELINING'],
  });
  const ended = await resend();
  expect(ended.code).toBe(75);
  expect(ended.stderr).toContain(`${ids[1]}: stays: this mail system knows no SMTPUTF8\n`);
  expect(ended.stderr).toContain('knows no DSN');
  expect(
    commands()
      .filter((line) => /^(?:MAIL|RCPT)/.test(line))
      .toSorted(),
  ).toEqual([
    'MAIL FROM:<sender@example.org>',
    'MAIL FROM:<sender@example.org>',
    'RCPT TO:<a@x.test>',
    'RCPT TO:<b@y.test>',
    'RCPT TO:<user@x.test>',
  ]);
});

it('what requires TLS stays where the mail system does not promise to keep it so', async () => {
  const secret: Left = { envelope: { requireTls: true } };
  const plain = await world([secret, {}]);
  const ended = await plain.resend();
  expect(ended.code).toBe(75);
  expect(ended.stderr).toContain(`${plain.ids[0]}: stays: this mail system knows no REQUIRETLS\n`);
  expect(plain.host.messages).toHaveLength(1);

  const promising = await world([secret], { extensions: ['8BITMIME', 'DSN', 'REQUIRETLS'] });
  expect(await promising.resend()).toMatchObject({ code: 0 });
  expect(promising.commands()).toContainEqual(expect.stringMatching(/^MAIL FROM:<.*> REQUIRETLS$/));
});

it('one is at work at a time, a program that is not there is no mail system, and a slip is told of', async () => {
  const { to, host, resend } = await world([{}]);
  const run = (...words: string[]) => spawnSync('sh', [join(to, 'resend'), ...words], { encoding: 'utf8' });
  expect(run('--', '/nonexistent/sendmail', '-bs')).toMatchObject({ status: 75 });
  expect(run('everything')).toMatchObject({
    status: 64,
    stderr: expect.stringContaining('sh resend hold') as string,
  });
  spawnSync('mkdir', [join(to, '.resend')]);
  expect(run('--', 'cat')).toMatchObject({
    status: 75,
    stderr: expect.stringContaining('another one') as string,
  });
  spawnSync('rmdir', [join(to, '.resend')]);
  expect(await resend()).toMatchObject({ code: 0 });
  expect(host.messages).toHaveLength(1);
});
