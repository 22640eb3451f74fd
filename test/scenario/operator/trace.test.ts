import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Lab } from '../../lab/lab.ts';
import { askStatus } from '../../../src/status/ask-status.ts';
import { belongings } from '../../support/belongings.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { sendMail } from '../../support/send-mail.ts';
import { startSmallLab } from '../../support/small-lab.ts';
import { watching, type Watching } from '../../support/watching.ts';

let lab: Lab;
let relay: RunningRelay;
const keep = belongings();
beforeAll(async () => {
  lab = await startSmallLab();
  relay = await startRelay({ set: { ...labSettings(lab), 'delivery.connection_reuse': 'false' } });
});
afterAll(async () => {
  await relay?.[Symbol.asyncDispose]();
  await lab?.stop();
});

async function trace(...words: readonly string[]): Promise<Watching> {
  return keep(await watching(['trace', ...words], { data_dir: relay.dataDir }));
}

/** Without time and number. */
function plain(lines: readonly string[]): string[] {
  return lines.map((line) => line.replace(/^\d\d:\d\d:\d\d\.\d{3} \d+ /, ''));
}

it('a session as it goes, in the signs of swaks, until it has ended', async () => {
  const watch = await trace('--domain', 'good.test', '--count', '1');
  await sendMail(relay.port, { to: 'user@unsigned.test' });
  const queueId = await sendMail(relay.port, { to: 'user@good.test', subject: 'The unspeakable' });
  expect(await watch.exited).toBe(0);
  const at = expect.stringMatching(
    new RegExp(
      `^=== session with mx\\.good\\.test\\[[0-9.]+\\]:${lab.port} for good\\.test \\(${queueId}\\), level dane$`,
    ),
  ) as string;
  const lines = plain(watch.lines);
  expect(lines[0]).toEqual(at);
  expect(lines.filter((line) => !line.startsWith('<'))).toEqual([
    at,
    '=== connected',
    ' -> EHLO relay.test',
    ' -> STARTTLS',
    expect.stringMatching(/^=== TLS started: TLSv1\.3 with cipher /),
    expect.stringMatching(/^=== {3}depth 0: subject=\/CN=lab mail host/),
    '=== Verified, which is enough for level dane',
    expect.stringMatching(
      /^=== {3}mx\.good\.test\[.*: Matched DANE EE certificate at depth 0: 3 1 1 [0-9A-F]{64}$/,
    ),
    ' ~> EHLO relay.test',
    `=== message ${queueId} for <user@good.test>`,
    expect.stringMatching(/^ ~> MAIL FROM:<sender@relay\.test> SIZE=\d+$/),
    ' ~> RCPT TO:<user@good.test> ORCPT=rfc822;user@good.test',
    ' ~> DATA',
    expect.stringMatching(/^ ~> \(content, \d+ octets\)$/),
    '=== 1 sent',
    ' ~> QUIT',
    '=== ended',
  ]);
  expect(lines).toContainEqual(expect.stringMatching(/^<- {2}220 /));
  expect(lines).toContainEqual(expect.stringMatching(/^<~ {2}250 /));
  expect(watch.lines.join('\n')).not.toMatch(/unspeakable|A line of text/);
});

it.each([
  ['wrong-key.test', / \*\*\* Untrusted, not enough for level dane$/],
  ['rejects.test', / <~\* 550 5\.1\.1 User unknown$/],
  ['failover.test', / \*\*\* connect to down\.failover\.test\[.*: Connection refused$/],
])('for a recipient, also where %s never hears of him', async (domain, trouble) => {
  const recipient = `user@${domain}`;
  const watch = await trace('--recipient', recipient);
  await sendMail(relay.port, { to: [recipient, 'user@good.test'] });
  await watch.line(trouble);
  await watch.line(/=== ended$/);
  expect(watch.lines.some((line) => line.includes('for good.test'))).toBe(false);
  watch.signal('SIGINT');
  expect(await watch.exited).toBe(0);
});

it('sessions of a host, as JSON', async () => {
  const watch = await trace('--host', 'mx.good.test', '--count', '1', '--json');
  const queueId = await sendMail(relay.port, { to: 'user@good.test' });
  expect(await watch.exited).toBe(0);
  const records = watch.lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  expect(records.every(({ schema }) => schema === 1)).toBe(true);
  expect(records[0]).toMatchObject({ kind: 'listening' });
  expect(records[1]).toMatchObject({
    kind: 'session',
    host: 'mx.good.test',
    port: lab.port,
    nextHop: 'good.test',
    queueId,
    level: 'dane',
  });
  expect(records).toContainEqual(expect.objectContaining({ kind: 'judged', word: 'Verified', ok: true }));
  expect(records).toContainEqual(
    expect.objectContaining({ kind: 'offered', recipients: ['user@good.test'] }),
  );
  expect(records.at(-1)).toMatchObject({ kind: 'ended' });
});

it('the relay stops: the last session is shown, and the exit status says that there is no more', async () => {
  const other = keep(await startRelay({ set: labSettings(lab) }));
  const watch = keep(await watching(['trace'], { data_dir: other.dataDir }));
  const queueId = await sendMail(other.port, { to: 'user@good.test' });
  await other.line(new RegExp(`${queueId}: to=.*status=sent`));
  await other.stop();
  expect(await watch.exited).toBe(75);
  expect(plain(watch.lines).slice(-2)).toEqual([' ~> QUIT', '=== ended']);
  expect(watch.stderr()).toMatch(/the relay has stopped/);
});

it('of the processes of a relay, the one that delivers is asked', async () => {
  const others = {
    'redis.prefix': 'roles',
    'redis.url': `unix://${join(relay.dataDir, 'redis', 'redis.sock')}`,
  };
  const set = { ...labSettings(lab), ...others };
  const intake = keep(await startRelay({ set, role: 'intake' }));
  const nobody = await runCommand(['trace'], { data_dir: intake.dataDir });
  expect([nobody.code, nobody.stderr]).toEqual([
    75,
    'dane-relay: no relay that delivers mail is running here\n',
  ]);
  const delivery = keep(await startRelay({ set, role: 'delivery' }));
  const watch = keep(await watching(['trace', '--count', '1'], { data_dir: delivery.dataDir }));
  await sendMail(intake.port, { to: 'user@good.test' });
  expect(await watch.exited).toBe(0);
});

it.each([
  [['--count', 'some'], '--count is a number of sessions, not "some".'],
  [['--address', 'mx.good.test'], '--address is an IP address.'],
])('%j makes no sense', async (words, problem) => {
  const { code, stderr } = await runCommand(['trace', ...words], { data_dir: relay.dataDir });
  expect(code).toBe(64);
  expect(stderr).toContain(problem);
});

it('so many readers, and the next is told so', async () => {
  const all = await Promise.all(Array.from({ length: 8 }, () => trace('--domain', 'nobody.test')));
  const { code, stderr } = await runCommand(['trace'], { data_dir: relay.dataDir });
  expect([code, stderr]).toEqual([75, 'dane-relay: there are 8 readers already\n']);
  for (const watch of all) watch.signal('SIGTERM');
  expect(await Promise.all(all.map(({ exited }) => exited))).toEqual(all.map(() => 0));
});

it('what is asked in a way that makes no sense is told so', async () => {
  const socket = join(relay.dataDir, 'relay.sock');
  expect(await askStatus(socket, '/api/trace?verbose=1')).toMatchObject({ status: 400 });
});
