import { userInfo } from 'node:os';
import { createTransport } from 'nodemailer';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { belongings } from '../../support/belongings.ts';
import { callSendmail, makeSpool, type TakenMessage } from './spool-kit.ts';

const keep = belongings();
const me = `${userInfo().username}@origin.test`;

/** What a call left with a relay that runs. */
async function taken(argv: readonly string[], input: string): Promise<TakenMessage> {
  const spool = keep(await makeSpool());
  await spool.serve();
  expect(await callSendmail(spool.directory, argv, input)).toEqual({ code: 0, stdout: '', stderr: '' });
  expect(spool.taken).toHaveLength(1);
  const [message] = spool.taken;
  if (message === undefined) throw new Error('nothing was taken');
  return message;
}

const recipients = ({ submission }: TakenMessage): readonly string[] =>
  submission.envelope.recipients.map(({ address }) => address);

/** Without the fields that are made of the time and of ids. */
const shown = ({ content }: TakenMessage): string =>
  content
    .replace(/^Received: (?:.*\r\n[ \t])*.*\r\n/, '')
    .replace(/^(?:Date|Message-[Ii][Dd]): .*\r\n/gm, '')
    .replaceAll('\r\n', '\n');

describe('programs call sendmail as they always have', () => {
  it.each<{
    who: string;
    argv: readonly string[];
    input: string;
    sender?: string;
    to: readonly string[];
    content: string;
  }>([
    {
      who: 'cron of Debian',
      argv: ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'],
      input:
        'From: root (Cron Daemon)\nTo: root\nSubject: Cron <root@host> job\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nX-Cron-Env: <HOME=/root>\n\nfür\n.\nend\n',
      to: ['root@origin.test'],
      content:
        'From: root@origin.test (Cron Daemon)\nTo: root@origin.test\nSubject: Cron <root@host> job\nMIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nX-Cron-Env: <HOME=/root>\n\nfür\n.\nend\n',
    },
    {
      who: 'PHP mail()',
      argv: ['-t', '-i', '-fa@x.test'],
      input:
        'To: b@x.test\r\nSubject: s\r\nX-PHP-Originating-Script: 0:x.php\r\nCc: c@x.test\r\n\r\nline\nline\r\n',
      sender: 'a@x.test',
      to: ['b@x.test', 'c@x.test'],
      content:
        'To: b@x.test\nSubject: s\nX-PHP-Originating-Script: 0:x.php\nCc: c@x.test\nFrom: Charlie Root <a@x.test>\n\nline\nline\n',
    },
    {
      who: 'PHPMailer',
      argv: ['-t', '-i', '-oi', '-fa@x.test', '-t'],
      input: 'From: A <a@x.test>\nTo: b@x.test\nBcc: c@x.test\nSubject: s\n\ntext\n',
      sender: 'a@x.test',
      to: ['b@x.test', 'c@x.test'],
      content: 'From: A <a@x.test>\nTo: b@x.test\nSubject: s\n\ntext\n',
    },
    {
      who: 'Symfony with -t',
      argv: ['-i', '-fa@x.test', '--', 'b@x.test', 'c@x.test'],
      input: 'From: a@x.test\nTo: b@x.test\nSubject: s\n\ntext\n',
      sender: 'a@x.test',
      to: ['b@x.test', 'c@x.test'],
      content: 'From: a@x.test\nTo: b@x.test\nSubject: s\n\ntext\n',
    },
    {
      who: 'Ruby mail',
      argv: ['-i', '-f', 'a@x.test', '--', 'b@x.test'],
      input: 'From: a@x.test\nTo: b@x.test\n\n.leading\n',
      sender: 'a@x.test',
      to: ['b@x.test'],
      content: 'From: a@x.test\nTo: b@x.test\n\n.leading\n',
    },
    {
      who: 'mutt',
      argv: ['-oem', '-oi', '--', 'b@x.test', 'c'],
      input: 'From: a@x.test\nTo: b@x.test\nCc: c\n\ntext',
      to: ['b@x.test', 'c@origin.test'],
      content: 'From: a@x.test\nTo: b@x.test\nCc: c@origin.test\n\ntext\n',
    },
    {
      who: 'bsd-mailx',
      argv: ['-i', '-t'],
      input: 'To: b@x.test\nSubject: s\nBcc: c@x.test\n\ntext\n',
      to: ['b@x.test', 'c@x.test'],
      content: `To: b@x.test\nSubject: s\nFrom: Charlie Root <${me}>\n\ntext\n`,
    },
    {
      who: 's-nail',
      argv: ['-i', '--', 'b@x.test'],
      input: 'To: b@x.test\nSubject: s\n\ntext\n',
      to: ['b@x.test'],
      content: `To: b@x.test\nSubject: s\nFrom: Charlie Root <${me}>\n\ntext\n`,
    },
    {
      who: 'git send-email',
      argv: ['-i', 'b@x.test', 'a@x.test'],
      input: 'From: A <a@x.test>\nTo: b@x.test\nSubject: [PATCH] x\n\n---\n',
      to: ['b@x.test', 'a@x.test'],
      content: 'From: A <a@x.test>\nTo: b@x.test\nSubject: [PATCH] x\n\n---\n',
    },
    {
      who: 'apt-listchanges',
      argv: ['-oi', '-t'],
      input: 'From: root\nTo: root\nSubject: s\n\ntext\n',
      to: ['root@origin.test'],
      content: 'From: root@origin.test\nTo: root@origin.test\nSubject: s\n\ntext\n',
    },
    {
      who: 'mdadm',
      argv: ['-t'],
      input: 'From: mdadm monitoring <root>\nTo: root\nSubject: DegradedArray\n\ntext\n.\nnot read\n',
      to: ['root@origin.test'],
      content:
        'From: mdadm monitoring <root@origin.test>\nTo: root@origin.test\nSubject: DegradedArray\n\ntext\n',
    },
  ])('$who', async ({ argv, input, sender = me, to, content }) => {
    const message = await taken(argv, input);
    expect(message.submission.envelope.sender).toBe(sender);
    expect(recipients(message)).toEqual(to);
    expect(shown(message)).toBe(content);
  });

  it('nodemailer, by its own transport', async () => {
    const spool = keep(await makeSpool());
    await spool.serve();
    const main = fileURLToPath(new URL('../../../dist/main.js', import.meta.url));
    const before = process.env['DANE_RELAY_SPOOL_DIR'];
    process.env['DANE_RELAY_SPOOL_DIR'] = spool.directory;
    try {
      const transport = createTransport({
        sendmail: true,
        path: process.execPath,
        args: [main, 'sendmail', '-i', '-fa@x.test', 'b@x.test', 'c@x.test'],
      });
      await transport.sendMail({ from: 'a@x.test', to: 'b@x.test', bcc: 'c@x.test', text: 'text\n.\n' });
    } finally {
      if (before === undefined) delete process.env['DANE_RELAY_SPOOL_DIR'];
      else process.env['DANE_RELAY_SPOOL_DIR'] = before;
    }
    const [message] = spool.taken;
    expect(message && recipients(message)).toEqual(['b@x.test', 'c@x.test']);
    expect(message?.content).not.toMatch(/^bcc:/im);
    expect(message?.content).toContain('\r\n.\r\n');
  });
});

describe('rules about content, measured on Postfix', () => {
  it.each<[string, readonly string[], string, readonly string[], string]>([
    [
      'recipients of the header are added to those of the command line',
      ['-t', 'd@x.test'],
      'To: b@x.test\nFrom: a@x.test\n\n',
      ['d@x.test', 'b@x.test'],
      'To: b@x.test\nFrom: a@x.test\n\n',
    ],
    [
      'one argument is several recipients',
      ['a@x.test, Bob <b@x.test>'],
      'From: a@x.test\n\n',
      ['a@x.test', 'b@x.test'],
      'From: a@x.test\n\n',
    ],
    [
      'groups, quoted names, comments, folded lines',
      ['-t'],
      'To: g: a@x.test,\n "B, C" <b@x.test> (c@x.test);, d@x.test\nFrom: a@x.test\n\n',
      ['a@x.test', 'b@x.test', 'd@x.test'],
      'To: g: a@x.test,\n "B, C" <b@x.test> (c@x.test);, d@x.test\nFrom: a@x.test\n\n',
    ],
    [
      'Bcc, Return-Path and Content-Length leave the header without -t, too',
      ['b@x.test'],
      'From: a@x.test\nBcc: c@x.test\nResent-Bcc: d@x.test\nReturn-Path: <z@x.test>\nContent-Length: 4\n\nx\n',
      ['b@x.test'],
      'From: a@x.test\n\nx\n',
    ],
    [
      'text without a header gets one',
      ['b@x.test'],
      'just text\nmore: text\n',
      ['b@x.test'],
      `From: Charlie Root <${me}>\n\njust text\nmore: text\n`,
    ],
    [
      'separators of mailboxes are dropped',
      ['-i', '-t'],
      'From root Mon Jan  1\n>From x Mon Jan  1\nTo: b@x.test\nFrom: a@x.test\n\nx\n',
      ['b@x.test'],
      'To: b@x.test\nFrom: a@x.test\n\nx\n',
    ],
    [
      'line ends of all kinds',
      ['-i', 'b@x.test'],
      'From: a@x.test\r\nSubject: s\n\r\na\rb\r\nc\nd',
      ['b@x.test'],
      'From: a@x.test\nSubject: s\n\na b\nc\nd\n',
    ],
    ['an empty message', ['b@x.test'], '', ['b@x.test'], `From: Charlie Root <${me}>\n`],
  ])('%s', async (_, argv, input, to, content) => {
    const message = await taken(argv, input);
    expect(recipients(message)).toEqual(to);
    expect(shown(message)).toBe(content);
  });

  it('a message that is sent again goes to those of its Resent fields alone, and gets the others of these', async () => {
    const message = await taken(['-t'], 'To: a@x.test\nFrom: f@x.test\nDate: d\nResent-To: r@x.test\n\nx\n');
    expect(recipients(message)).toEqual(['r@x.test']);
    expect(message.content).toMatch(/^Resent-From: Charlie Root <.*@origin\.test>\r$/m);
    expect(message.content).toMatch(/^Resent-Date: .* 2026 /m);
    expect(message.content).toMatch(/^Resent-Message-Id: <Q1@relay\.example>\r$/im);
    expect(message.content.match(/^Date:/gm)).toHaveLength(1);
  });

  it.each([
    ['-f', ''],
    ['-f', '<>'],
    ['-r', '<>'],
  ])('the null sender: %s %j', async (...argv) => {
    const message = await taken([...argv, 'b@x.test'], 'x\n');
    expect(message.submission.envelope.sender).toBe('');
    expect(message.content).toMatch(/^From: MAILER-DAEMON@origin\.test\r$/m);
  });

  it('-N, -R and -V go into the envelope, 8 bits are declared', async () => {
    const { submission } = await taken(
      ['-N', 'failure,delay', '-R', 'hdrs', '-V', 'id=1', 'b@x.test', 'jörg@x.test'],
      'Subject: ä\n\n',
    );
    expect(submission.envelope).toMatchObject({
      body: '8BITMIME',
      smtpUtf8: true,
      ret: 'HDRS',
      envid: 'id=1',
      recipients: [
        { address: 'b@x.test', notify: ['FAILURE', 'DELAY'] },
        { address: 'jörg@x.test', notify: ['FAILURE', 'DELAY'] },
      ],
    });
  });

  it('the trace names the user, and so does the log', async () => {
    const spool = keep(await makeSpool());
    await spool.serve();
    await callSendmail(spool.directory, ['-f', 'somebody', 'b@x.test'], 'x\n');
    const uid = process.getuid?.();
    expect(spool.lines()).toContain(`pickup: Q1: uid=${uid} from=<somebody>`);
    expect(spool.taken[0]?.content).toMatch(
      new RegExp(
        `^Received: by relay\\.example \\(dane-relay, from userid ${uid}\\)\\r\\n\\tid Q1 for <b@x\\.test>; `,
      ),
    );
  });
});

describe('SMTP on standard input and output', () => {
  const dialog =
    'EHLO nextcloud\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test> NOTIFY=NEVER\r\nRCPT TO:<c>\r\nDATA\r\nSubject: s\r\n\r\n..x\r\n.\r\nMAIL FROM:<>\r\nRCPT TO:<d@x.test>\r\nDATA\r\n\r\nsecond\r\n.\r\nQUIT\r\n';

  it('is the whole dialogue of Symfony and Nextcloud, with a relay that runs', async () => {
    const spool = keep(await makeSpool());
    await spool.serve();
    const { code, stdout } = await callSendmail(spool.directory, ['-bs'], dialog);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^220 relay\.test ESMTP/);
    expect(stdout.match(/^250 2\.0\.0 Ok: queued/gm)).toHaveLength(2);
    expect(stdout).toMatch(/^221 /m);
    expect(spool.taken.map(({ submission }) => submission.envelope)).toMatchObject([
      {
        sender: 'a@x.test',
        recipients: [{ address: 'b@x.test', notify: ['NEVER'] }, { address: 'c@relay.test' }],
      },
      { sender: '', recipients: [{ address: 'd@x.test' }] },
    ]);
    expect(spool.taken[0]?.content).toContain('\r\n.x\r\n');
  });

  it('and without one: what gets a 250 is kept', async () => {
    const spool = keep(await makeSpool());
    await (await spool.serve()).stop();
    const { code, stdout } = await callSendmail(spool.directory, ['-bs'], dialog);
    expect([code, stdout.match(/^250 2\.0\.0 Ok: queued/gm)?.length]).toEqual([0, 2]);
    expect(spool.taken).toHaveLength(0);
    await spool.serve();
    await expect.poll(() => spool.taken.length).toBe(2);
  });

  it('a refusal of the relay is its reply', async () => {
    const spool = keep(await makeSpool());
    await spool.serve({ intake: { messageSizeLimitBytes: 1000 } });
    const large = dialog.replace('..x', `${'x'.repeat(70)}\r\n`.repeat(30));
    const { stdout } = await callSendmail(spool.directory, ['-bs'], large);
    expect(stdout).toMatch(/^552 5\.3\.4 Error: message file too big\r$/m);
    expect(spool.taken).toHaveLength(1);
  });

  it('and 451 where nothing can be kept', async () => {
    const { code, stdout } = await callSendmail('/nonexistent/spool', ['-bs'], dialog);
    expect(code).toBe(0);
    expect(stdout.match(/^451 4\.3\.0 Error: cannot write to /gm)).toHaveLength(2);
  });
});
