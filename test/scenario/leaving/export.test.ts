import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { unless } from '../../support/unless.ts';
import { acceptAll, attempt, filesIn, leavingWorld, remains } from './leaving-kit.ts';

const keep = belongings();
const busy = { dsn: '4.4.1', reason: 'busy' };
const nextAt = Date.now() + 3_600_000;

/** Everything that an octet can be, and all that ends lines or begins messages. */
const octets = Buffer.concat([
  Buffer.from('Subject: octets\r\n\r\nFrom here\r\n>From there\r\n.\r\n..\r\n\r\nFrom \r\n'),
  Buffer.from(Array.from({ length: 256 }, (_, at) => at)),
  Buffer.from('\r\r\na\nb\r c\r\n'),
  Buffer.alloc(200_000, 'x'),
  Buffer.from('\r\n\0\r\n'),
]);
/** The same as far as a relay stores it: each line ends with CRLF, and no CR or LF is elsewhere. */
const lines = Buffer.from(
  octets
    .toString('latin1')
    .split(/[\r\n]+/)
    .join('\r\n'),
  'latin1',
);

it('eml: a message with all that is known of it, recipient by recipient, and every octet', async () => {
  const { to, relay, command } = await leavingWorld(keep);
  const queue = await relay();
  const [mixed = ''] = await acceptAll(queue, [
    {
      envelope: {
        recipients: [
          { address: 'a@x.test' },
          { address: 'b@x.test', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;B+@x.test' },
          { address: 'c@x.test', notify: ['NEVER'] },
          { address: 'd@y.test' },
        ],
        body: '8BITMIME',
        ret: 'HDRS',
        envid: 'Q Q=1',
      },
      content: octets,
    },
  ]);
  const last = { dsn: '4.4.2', reason: 'lost connection' };
  await attempt(
    queue,
    {
      'x.test': { retry: { left: [1], attempts: 1, nextAt, last: busy, held: { left: [2], last } } },
      'y.test': { retry: { left: [3], attempts: 1, nextAt, last: busy } },
    },
    2,
  );
  const [kept = '', fresh = ''] = await acceptAll(queue, [
    { envelope: { sender: '' }, content: lines },
    { envelope: { sender: 'grå@x.test', recipients: [{ address: 'ü@x.test' }], smtpUtf8: true } },
  ]);
  expect((await queue.act('hold', kept)).result).toBe('done');
  await queue.close();

  const ended = await command('queue', 'export', '--as', 'eml', '--to', to);
  expect(ended).toMatchObject({ code: 0, stderr: '' });
  expect(ended.stdout.toString()).toBe(
    `3 messages exported to ${to}, of them 1 on hold and 1 that may have arrived\n` +
      `hand them over with: sh ${to}/resend\n` +
      `then delete them here: dane-relay queue delete - < ${to}/ids\n`,
  );
  const files = filesIn(to);
  expect(Object.keys(files).toSorted()).toEqual(
    [
      'README',
      ...[mixed, kept, fresh].map((id) => `content/${id}.eml`),
      `held/${mixed}`,
      `hold/${kept}`,
      'ids',
      'messages.jsonl',
      'resend',
      `send/${fresh}`,
      `send/${mixed}`,
    ].toSorted(),
  );
  expect(files[`content/${mixed}.eml`]).toBe(octets.toString('latin1'));
  expect(files[`content/${kept}.eml`]).toBe(lines.toString('latin1'));
  const mail = 'MAIL FROM:<sender@example.org> BODY=8BITMIME RET=HDRS ENVID=Q+20Q+3D1\n';
  expect(files[`send/${mixed}`]).toBe(
    `${mail}RCPT TO:<b@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B+2B@x.test\n` +
      'RCPT TO:<d@y.test> ORCPT=rfc822;d@y.test\n',
  );
  expect(files[`held/${mixed}`]).toBe(`${mail}RCPT TO:<c@x.test> NOTIFY=NEVER ORCPT=rfc822;c@x.test\n`);
  expect(files[`hold/${kept}`]).toBe('MAIL FROM:<>\nRCPT TO:<user@x.test> ORCPT=rfc822;user@x.test\n');
  expect(Buffer.from(files[`send/${fresh}`] ?? '', 'latin1').toString()).toBe(
    'MAIL FROM:<grå@x.test> SMTPUTF8\nRCPT TO:<ü@x.test> ORCPT=utf-8;\\x{FC}@x.test\n',
  );
  expect((files['ids'] ?? '').trim().split('\n').toSorted()).toEqual([mixed, kept, fresh].toSorted());
  const facts = (files['messages.jsonl'] ?? '')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as object);
  expect(facts.find((one) => 'queueId' in one && one.queueId === mixed)).toMatchObject({
    schema: 1,
    content: `content/${mixed}.eml`,
    size: octets.length,
    sender: 'sender@example.org',
    ret: 'HDRS',
    envid: 'Q Q=1',
    recipients: [
      { address: 'c@x.test', state: 'held', destination: 'x.test', attempts: 1, ...last },
      { address: 'b@x.test', state: 'deferred', notify: ['SUCCESS', 'DELAY'], ...busy },
      { address: 'd@y.test', state: 'deferred', destination: 'y.test' },
    ],
  });
  // Nobody else may read them, and nothing is written over.
  for (const name of Object.keys(files)) expect(statSync(join(to, name)).mode & 0o777, name).toBe(0o600);
  for (const name of ['', 'content', 'send']) expect(statSync(join(to, name)).mode & 0o777).toBe(0o700);
  expect(await command('queue', 'export', '--as', 'eml', '--to', to)).toMatchObject({ code: 73 });
  expect(filesIn(to)).toEqual(files);

  const some = `${to}-some`;
  const filter = ['--sender', '<>'];
  expect(await command('queue', 'export', '--as', 'eml', '--to', some, ...filter)).toMatchObject({
    code: 0,
  });
  expect(filesIn(some)['ids']).toBe(`${kept}\n`);
  const named = await command('queue', 'export', '--as', 'mbox', fresh, 'nobody');
  expect(named.code).toBe(75);
  expect(named.stderr).toMatch(/nobody: not exported: there is no such message/);
  expect(named.stdout.toString()).toContain(`X-Queue-Id: ${fresh}\n`);
});

it('mbox: the content can be told again, and where it cannot, that is said', async () => {
  const { to, accept, command } = await leavingWorld(keep);
  const [clean = '', other = ''] = await accept([{ content: lines }, { content: octets }]);
  const file = `${to}.mbox`;
  const ended = await command('queue', 'export', '--as', 'mbox', '--to', file);
  expect(ended.code).toBe(75);
  expect(ended.stderr).toBe(
    `dane-relay: ${other}: not exported: it has line ends that an mbox cannot keep, and has others there\n`,
  );
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(existsSync(`${file}.partial`)).toBe(false);
  const text = readFileSync(file, 'latin1');
  const messages = text.split(/^(?=From )/m);
  expect(messages).toHaveLength(2);
  const told = messages.map((message) => {
    const [head = '', ...rest] = message.split(/^(X-Queue-Id: .*\n)/m);
    const content = rest
      .slice(1)
      .join('')
      .replace(/\n$/, '')
      .replaceAll(/^>(>*From )/gm, '$1');
    return { head: `${head}${rest[0]}`, content: content.replaceAll('\n', '\r\n') };
  });
  const found = told.find(({ head }) => head.includes(`X-Queue-Id: ${clean}\n`));
  expect(found?.content).toBe(lines.toString('latin1'));
  expect(found?.head).toMatch(
    /^From sender@example\.org \w{3} \w{3} [ \d]\d \d\d:\d\d:\d\d \d{4}\nReturn-Path: <sender@example\.org>\nX-Envelope-From: <sender@example\.org>\nX-Envelope-To: <user@x\.test> ORCPT=rfc822;user@x\.test\nX-Queue-Id: /,
  );
  // As docs/leaving.md says.
  const page = readFileSync(new URL('../../../docs/leaving.md', import.meta.url), 'utf8');
  const sed = /(sed -e .*?) \|/.exec(page)?.[1] ?? '';
  const message = messages.find((one) => one.includes(`X-Queue-Id: ${clean}\n`)) ?? '';
  const bare = spawnSync('sh', ['-c', sed], {
    input: Buffer.from(message, 'latin1'),
    env: { ...process.env, LC_ALL: 'C' },
  });
  expect(bare.stdout.toString('latin1')).toBe(`${lines.toString('latin1').replaceAll('\r\n', '\n')}\n`);
  // To standard output, octet by octet the same.
  const piped = await command('queue', 'export', '--as', 'mbox');
  expect(piped.stdout.toString('latin1')).toBe(text);
  expect(piped.stderr).toContain('2 messages exported to standard output\n');
});

const python = spawnSync('python3', ['-c', 'import mailbox']).status === 0;
unless(python ? undefined : 'python3 is not installed', it)('Python reads the mbox', async () => {
  const { to, accept, command } = await leavingWorld(keep);
  await accept([{ content: lines }, {}, { content: lines }]);
  await command('queue', 'export', '--as', 'mbox', '--to', to);
  const read = `import mailbox, sys, json
print(json.dumps([[m.get_from(), m['Return-Path'], m['X-Envelope-To'], m['Subject']] for m in mailbox.mbox(sys.argv[1])]))`;
  const { stdout } = spawnSync('python3', ['-c', read, to], { encoding: 'utf8' });
  const found = JSON.parse(stdout) as string[][];
  const byText = (one: readonly unknown[], other: readonly unknown[]) =>
    String(one) < String(other) ? -1 : 1;
  expect(found.map(([from = '', ...fields]) => [from.split(' ')[0], ...fields]).toSorted(byText)).toEqual(
    ['octets', 'octets', 'x'].map((subject) => [
      'sender@example.org',
      '<sender@example.org>',
      '<user@x.test> ORCPT=rfc822;user@x.test',
      subject,
    ]),
  );
});

it('while a relay works on the queue only what is on hold is exported', async () => {
  const { to, relay, command } = await leavingWorld(keep);
  const queue = await relay();
  const [free = '', kept = ''] = await acceptAll(queue, [{}, {}]);
  const refused = await command('queue', 'export', '--as', 'eml', '--to', to);
  expect(refused.code).toBe(75);
  expect(refused.stderr).toMatch(/a relay works on this queue: stop it, or place on hold/);
  expect(remains(to)).toEqual([]);
  expect(await command('queue', 'export', '--as', 'mbox')).toMatchObject({ code: 75 });

  await queue.act('hold', kept);
  const some = await command('queue', 'export', '--as', 'eml', '--to', to);
  expect(some.code).toBe(75);
  expect(some.stdout.toString()).toContain(
    '1 message left out: a relay works on this queue, and they are not on hold\n',
  );
  expect(filesIn(to)['ids']).toBe(`${kept}\n`);
  const live = await command('queue', 'export', '--as', 'eml', '--to', `${to}-live`, '--live');
  expect(live.code).toBe(0);
  expect(filesIn(`${to}-live`)[`send/${free}`]).toContain('RCPT TO:<user@x.test>');
});

it('--remove deletes what is on disk, and nothing else', async () => {
  const { to, accept, command } = await leavingWorld(keep);
  const ids = await accept([{}, {}, { envelope: { sender: '"a b"@x.test' } }]);
  const ended = await command('queue', 'export', '--as', 'eml', '--to', to, '--remove');
  expect(ended.code).toBe(75);
  expect(ended.stderr).toMatch(/: not exported: SMTP cannot name its sender/);
  const [one = '', other = '', stays = ''] = ids;
  for (const id of [one, other]) {
    expect(ended.stdout.toString()).toContain(`${id}: removed\n`);
    expect(filesIn(to)[`content/${id}.eml`]).toBe('Subject: x\r\n\r\nhello\r\n');
  }
  const { stdout } = await command('queue', 'list', '--json');
  expect(
    stdout
      .toString()
      .trim()
      .split('\n')
      .map((line) => (JSON.parse(line) as { queueId: string }).queueId),
  ).toEqual([stays]);
});

it('an export that is interrupted leaves nothing, and one that is killed nothing under its name', async () => {
  const { to, accept, command, redis, directory } = await leavingWorld(keep);
  await accept(Array.from({ length: 600 }, () => ({})));
  const settings = [
    `redis.url=unix://${redis.socketPath}`,
    'redis.prefix=test',
    `data_dir=${directory}/data`,
    `spool_dir=${directory}/spool`,
  ].flatMap((one) => ['--set', one]);
  for (const signal of ['SIGINT', 'SIGKILL'] as const) {
    const main = new URL('../../../dist/main.js', import.meta.url).pathname;
    const words = [main, 'queue', 'export', '--as', 'eml', '--to', to, ...settings];
    const child = spawn(process.execPath, words, { stdio: 'ignore' });
    const ended = new Promise((resolve) => child.once('exit', (code, how) => resolve(code ?? how)));
    await until(() => existsSync(`${to}.partial/messages.jsonl.partial`), 'the beginning of an export');
    child.kill(signal);
    expect(await ended).toBe(signal === 'SIGINT' ? 75 : signal);
    expect(remains(to)).toEqual(signal === 'SIGINT' ? [] : [`${to}.partial`]);
  }
  const again = await command('queue', 'export', '--as', 'eml', '--to', to);
  expect(again.code).toBe(73);
  expect(again.stderr).toMatch(
    /mail\.partial is there already: it may be the rest of an export that was killed/,
  );
  const { stdout } = await command('queue', 'count');
  expect(stdout.toString()).toMatch(/^600 deliveries/);
});

it('a dump goes into a file of its own, too, and one that is there stays', async () => {
  const { to, accept, command } = await leavingWorld(keep);
  await accept([{}]);
  expect(await command('queue', 'export', '--to', to)).toMatchObject({ code: 0, stderr: '' });
  expect(readFileSync(to, 'utf8')).toMatch(/^\{"format":"dane-relay queue"[^]*\{"end":1\}\n$/);
  writeFileSync(`${to}2`, 'mine');
  expect(await command('queue', 'export', '--to', `${to}2`)).toMatchObject({
    code: 73,
    stderr: expect.stringContaining('nothing is written over'),
  });
  expect(readFileSync(`${to}2`, 'utf8')).toBe('mine');
});

it.each([
  [['--as', 'eml'], 'needs --to'],
  [['--as', 'mbox', '--remove'], '--as eml alone'],
  [['--remove'], '--as eml alone'],
  [['--as', 'eml', '--to', '/nowhere', '--remove', '--live'], 'either --remove or --live'],
  [['--older', '2h'], 'exports all messages'],
  [['4x1', '--as', 'mbox', '--older', '2h'], 'either ids or options'],
  [['--as', 'maildir'], '--as is one of dump, mbox, eml'],
])('%j makes no sense', async (words, says) => {
  const ended = await runCommand(['queue', 'export', ...words], {});
  expect(ended.code).toBe(64);
  expect(ended.stderr).toContain(says);
});
