import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificate } from '../../lab/certificates.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { until } from '../../lab/until.ts';
import { openDrop } from '../../../src/maildrop/drop.ts';
import { maildropPlaces, type MaildropPlaces } from '../../../src/maildrop/places.ts';
import { belongings } from '../../support/belongings.ts';
import { parseReport, type ParsedReport } from '../../support/parse-report.ts';
import { runCommand } from '../../support/run-command.ts';
import { labSettings, removeDataDir, startRelay, type RunningRelay } from '../../support/running-relay.ts';

interface Left {
  readonly sender: string;
  readonly to: readonly string[];
  readonly content?: string;
  readonly notify?: readonly ['NEVER'];
}

const text = 'Subject: of interest\r\nMessage-ID: <m1@home.test>\r\n\r\nHello.\r\n';
const tooLarge = text + `${'x'.repeat(70)}\r\n`.repeat(100);

/** Leaves a message as sendmail does while no relay runs: nobody waits for what comes of it. */
async function leave(
  { directory }: MaildropPlaces,
  { sender, to, content = text, notify }: Left,
): Promise<void> {
  const drop = await openDrop(directory);
  await drop.write(Buffer.from(content));
  const recipients = to.map((address) => ({ address, ...(notify && { notify }) }));
  await drop.complete({ sender, fullName: '', recipients, body: '7BIT' });
  await drop.keep();
}

const spoolOf = (dataDir: string): MaildropPlaces => maildropPlaces(join(dataDir, 'spool'));

async function isEmpty({ directory }: MaildropPlaces): Promise<boolean> {
  return (await readdir(directory)).length === 0;
}

describe('a message that is refused when nobody waits', () => {
  let lab: Lab;
  let relay: RunningRelay;
  let places: MaildropPlaces;
  let directory: string;

  beforeAll(async () => {
    const certificate = await makeCertificate({ commonName: 'lab mail host' });
    lab = await startLab({
      domains: [
        {
          name: 'home.test',
          dnssec: 'signed',
          records: ({ address }) => ['@ MX 10 mx', `mx ${address('mx.home.test')}`],
        },
      ],
      hosts: [{ kind: 'scripted', name: 'mx.home.test', certificates: [certificate] }],
    });
    directory = await mkdtemp(join(tmpdir(), 'dane-relay-logins-'));
    const logins = join(directory, 'logins');
    await writeFile(logins, 'boss@home.test boss\n');
    const set = {
      ...labSettings(lab),
      'intake.message_size_limit': '5KB',
      'intake.sender_login_maps': logins,
      'intake.sender_restrictions': 'reject_sender_login_mismatch',
    };
    relay = await startRelay({ set });
    places = spoolOf(relay.dataDir);
  });
  afterAll(async () => {
    await relay?.[Symbol.asyncDispose]();
    await lab?.stop();
    await rm(directory, { recursive: true });
  });

  const received = (mailbox: string) =>
    lab.host('mx.home.test').messages.filter(({ recipients }) => recipients.includes(mailbox));

  async function reportTo(mailbox: string): Promise<ParsedReport> {
    await until(() => received(mailbox).length > 0, `a report to ${mailbox}`);
    const [report, ...others] = received(mailbox);
    expect([report?.sender, others]).toEqual(['', []]);
    return parseReport(report?.data ?? Buffer.alloc(0));
  }

  it.each<{
    readonly why: string;
    readonly left: Left;
    readonly status: readonly (readonly [recipient: string, dsn: string, diagnostic: string])[];
  }>([
    {
      why: 'an address that is none',
      left: { sender: 'address@home.test', to: ['a b@@'] },
      status: [['a b@@', '5.1.3', 'Bad recipient address syntax']],
    },
    {
      why: 'too large',
      left: { sender: 'large@home.test', to: ['x@home.test', 'y@home.test'], content: tooLarge },
      status: [
        ['x@home.test', '5.3.4', 'Error: message file too big'],
        ['y@home.test', '5.3.4', 'Error: message file too big'],
      ],
    },
    {
      why: 'an address that is none, and too large for the others',
      left: { sender: 'both@home.test', to: ['x@home.test', 'a@@'], content: tooLarge },
      status: [
        ['a@@', '5.1.3', 'Bad recipient address syntax'],
        ['x@home.test', '5.3.4', 'Error: message file too big'],
      ],
    },
    {
      why: 'the sender is that of a user who logs in',
      left: { sender: 'boss@home.test', to: ['x@home.test'] },
      status: [['x@home.test', '5.7.1', '<boss@home.test>: Sender address rejected: not logged in']],
    },
  ])('comes back: $why', async ({ left, status }) => {
    await leave(places, left);
    const report = await reportTo(left.sender);
    expect(report).toMatchObject({
      reportType: 'delivery-status',
      defects: [],
      headers: { subject: 'Undelivered Mail Returned to Sender', references: '<m1@home.test>' },
      returned: { subject: 'of interest' },
    });
    expect(
      report.status
        .slice(1)
        .map((group) => [
          group['Final-Recipient'],
          group['Action'],
          group['Status'],
          group['Diagnostic-Code'],
        ]),
    ).toEqual(
      status.map(([recipient, dsn, said]) => [
        `rfc822; ${recipient}`,
        'failed',
        dsn,
        `X-Dane-Relay; ${said}`,
      ]),
    );
    await until(() => isEmpty(places));
    expect(await readdir(places.corrupt)).toEqual([]);
    const [, id = ''] = /^.*?: (\w+): uid=\d+ from=/.exec(await relay.line(uidLine(left.sender))) ?? [];
    expect(
      relay.matching(new RegExp(`bounce\\[\\d+\\]: ${id}: sender non-delivery notification: `)),
    ).toHaveLength(1);
    expect(relay.matching(new RegExp(`error\\[\\d+\\]: ${id}: to=<.*status=bounced `))).toHaveLength(
      status.length,
    );
    expect(relay.matching(new RegExp(`: ${id}: removed$`))).toHaveLength(1);
  });

  const uidLine = (sender: string): RegExp =>
    new RegExp(`pickup\\[\\d+\\]: \\w+: uid=\\d+ from=<${sender}>$`);

  it('for some recipients goes to the others', async () => {
    await leave(places, { sender: 'some@home.test', to: ['good@home.test', 'a@@', 'fine@home.test'] });
    const report = await reportTo('some@home.test');
    expect(report.status.slice(1).map((group) => group['Final-Recipient'])).toEqual(['rfc822; a@@']);
    expect(report.returned.body).toBe('Hello.\n');
    await until(() => received('good@home.test').length > 0);
    expect(received('good@home.test')[0]?.recipients.toSorted()).toEqual([
      'fine@home.test',
      'good@home.test',
    ]);
    await until(() => isEmpty(places));
    expect(await readdir(places.corrupt)).toEqual([]);
  });

  it.each<[string, Left]>([
    ['without a sender', { sender: '', to: ['a@@'] }],
    ['with a sender that is none', { sender: 'a@@', to: ['x@home.test'] }],
    ['whose sender wants no report', { sender: 'never@home.test', to: ['a@@'], notify: ['NEVER'] }],
  ])('and %s is put aside, not lost', async (_, left) => {
    const before = await readdir(places.corrupt);
    await leave(places, left);
    await until(async () => (await readdir(places.corrupt)).length > before.length);
    const aside = (await readdir(places.corrupt)).filter((name) => !before.includes(name));
    await relay.line(
      new RegExp(`pickup\\[\\d+\\]: warning: ${aside[0]}: file of uid=\\d+ not taken, and moved to `),
    );
    expect(await isEmpty(places)).toBe(true);
  });
});

describe('whenever the relay is killed', () => {
  const keep = belongings();

  it('each recipient gets its message, or its sender one report', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'dane-relay-'));
    keep({ [Symbol.asyncDispose]: () => removeDataDir(dataDir) });
    // Nobody answers there: what is accepted stays in the queue.
    const start = (): Promise<RunningRelay> => startRelay({ dataDir, set: { 'dns.servers': '127.0.0.1:9' } });
    await (await start()).stop();
    const places = spoolOf(dataDir);
    const names = Array.from({ length: 60 }, (_, index) => `${String(index).padStart(2, '0')}@a.test`);
    for (const [index, name] of names.entries()) {
      const content = `${text}${'x'.repeat(70)}\r\n`.repeat(index * 8 + 1);
      const good = index % 2 === 0 ? [`to${name}`] : [];
      await leave(places, { sender: `of${name}`, to: ['a@@', ...good], content });
    }
    for (const nth of [1, 2, 6, 13]) {
      const relay = await start();
      await until(async () => relay.matching(/: sender non-delivery notification: /).length >= nth);
      await relay.kill();
    }
    keep(await start());
    await until(() => isEmpty(places));
    const { stdout } = await runCommand(['queue', 'list', '--json'], { data_dir: dataDir });
    const listed = stdout.toString().split('\n').filter(Boolean);
    const waiting = listed.flatMap((line) => {
      const { sender, recipients } = JSON.parse(line) as {
        sender: string;
        recipients: readonly string[];
      };
      return recipients.map((address) => `${sender} ${address}`);
    });
    const wanted = names.flatMap((name, index) => [
      ` of${name}`,
      ...(index % 2 === 0 ? [`of${name} to${name}`] : []),
    ]);
    expect(waiting.toSorted()).toEqual(wanted.toSorted());
    expect(await readdir(places.corrupt)).toEqual([]);
  });
});
