import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { until } from '../../lab/until.ts';
import { startLab, type Lab } from '../../lab/lab.ts';
import { postfixObstacle } from '../../lab/privileges.ts';
import { belongings } from '../../support/belongings.ts';
import { parseReport, type ParsedReport } from '../../support/parse-report.ts';
import { labSettings, startRelay, type RunningRelay } from '../../support/running-relay.ts';
import { submit } from '../../support/submit.ts';
import { unless } from '../../support/unless.ts';
import { reportsWorld } from './reports-world.ts';

let lab: Lab;
/** Of the usual settings. */
let plain: RunningRelay;
/** Quick to give up: the first attempt fails, the second is the last. */
let impatient: RunningRelay;
const keep = belongings();

beforeAll(async () => {
  lab = await startLab(await reportsWorld());
  const hurried = { 'queue.minimal_backoff': '1s', 'queue.maximal_backoff': '1s', 'queue.lifetime': '1s' };
  [plain, impatient] = await Promise.all([launch({}), launch(hurried)]);
});
afterAll(async () => {
  await plain?.[Symbol.asyncDispose]();
  await impatient?.[Symbol.asyncDispose]();
  await lab?.stop();
});

async function relayWith(set: Readonly<Record<string, string>> = {}): Promise<RunningRelay> {
  return keep(await launch(set));
}

function launch(set: Readonly<Record<string, string>>): Promise<RunningRelay> {
  return startRelay({ set: { ...labSettings(lab), ...set }, policies: ['unsigned.test dane-only'] });
}

/** Never gives up while a test runs, and warns when every destination has surely been tried. */
const patient = {
  'queue.minimal_backoff': '1s',
  'queue.maximal_backoff': '1s',
  'queue.delay_warning_time': '10s',
};

const content = 'From: a@home.test\r\nSubject: of interest\r\nMessage-ID: <m1@home.test>\r\n\r\nHello.\r\n';

/** The reports that come to a mailbox, `count` of them, read by Python. */
async function reportsAt(host: string, mailbox: string, count: number): Promise<readonly ParsedReport[]> {
  const mine = () => lab.host(host).messages.filter(({ recipients }) => recipients.includes(mailbox));
  await until(() => mine().length >= count, `${count} reports to ${mailbox}`);
  const messages = mine();
  expect(messages).toHaveLength(count);
  for (const { sender } of messages) expect(sender).toBe('');
  return Promise.all(messages.map(({ data }) => parseReport(data)));
}

function flat(text: string): string {
  return text.replaceAll(/\s+/g, ' ');
}

describe('a failure report', () => {
  it('is one that another parser takes without complaint, with all that was asked to come back', async () => {
    const relay = plain;
    const id = await submit(relay.port, {
      from: '<full@home.test> RET=FULL ENVID=order+2B7',
      to: ['<x@rejects.test> ORCPT=rfc822;list+2Bx@home.test', '<y@rejects.test>', '<z@home.test>'],
      content,
    });
    const [report] = await reportsAt('mx.home.test', 'full@home.test', 1);
    expect(report).toMatchObject({
      type: 'multipart/report',
      reportType: 'delivery-status',
      defects: [],
      returned: { subject: 'of interest', body: 'Hello.\n' },
      parts: [
        { type: 'text/plain' },
        { type: 'message/delivery-status', encoding: '7bit', description: 'Delivery report' },
        { type: 'message/rfc822', encoding: '7bit', description: 'Undelivered Message' },
      ],
      headers: {
        from: 'Mail Delivery System <MAILER-DAEMON@relay.test>',
        to: 'full@home.test',
        subject: 'Undelivered Mail Returned to Sender',
        'auto-submitted': 'auto-replied',
        'in-reply-to': '<m1@home.test>',
      },
    });
    expect(report?.status).toHaveLength(3);
    expect(report?.status[0]).toMatchObject({
      'Original-Envelope-Id': 'order+7',
      'Reporting-MTA': 'dns; relay.test',
      'X-Dane-Relay-Queue-ID': id,
    });
    expect(report?.status[1]).toMatchObject({
      'Original-Recipient': 'rfc822;list+x@home.test',
      'Final-Recipient': 'rfc822; x@rejects.test',
      Action: 'failed',
      Status: '5.1.1',
      'Remote-MTA': 'dns; mx.rejects.test',
      'Diagnostic-Code': 'smtp; 550 5.1.1 User unknown',
    });
    expect(flat(report?.text ?? '')).toContain(
      '<x@rejects.test> <y@rejects.test> rejects.test has no mailbox',
    );
    await relay.line(new RegExp(`${id}: sender non-delivery notification: `));
  });

  it.each([
    ['RET=HDRS', 'hdrs', content, {}],
    [
      'a message above the limit',
      'large',
      `${content}${'x'.repeat(70)}\r\n`,
      { 'queue.bounce_size_limit': '150B' },
    ],
  ])('returns the header alone with %s', async (what, mailbox, body, set) => {
    const relay = await relayWith(set);
    const ret = what.startsWith('RET') ? ' RET=HDRS' : '';
    await submit(relay.port, {
      from: `<${mailbox}@home.test>${ret}`,
      to: ['<x@rejects.test>'],
      content: body,
    });
    const [report] = await reportsAt('mx.home.test', `${mailbox}@home.test`, 1);
    expect(report?.parts[2]).toMatchObject({
      type: 'text/rfc822-headers',
      description: 'Undelivered Message Headers',
    });
    expect(report?.returned).toMatchObject({ subject: 'of interest', body: '' });
  });

  it('is made for those alone who want it: NOTIFY', async () => {
    const relay = plain;
    const to = [
      '<never@rejects.test> NOTIFY=NEVER',
      '<late@rejects.test> NOTIFY=DELAY',
      '<yes@rejects.test> NOTIFY=FAILURE',
    ];
    await submit(relay.port, { from: '<notify@home.test>', to, content });
    const [report] = await reportsAt('mx.home.test', 'notify@home.test', 1);
    expect(report?.status.slice(1).map((group) => group['Final-Recipient'])).toEqual([
      'rfc822; yes@rejects.test',
    ]);
    const id = await submit(relay.port, { from: '<none@home.test>', to: to.slice(0, 2), content });
    await relay.line(new RegExp(`${id}: removed`));
    expect(relay.matching(new RegExp(`${id}: sender`))).toEqual([]);
  });

  it.each([
    [
      'wrong-key',
      /The operators of the mail host mx\.wrong-key\.test, .* does not match the published records/,
      '4.7.5',
    ],
    ['expired', /mail host mx\.expired\.test.* has expired/, '4.7.5'],
    ['wrong-name', /mail host mx\.wrong-name\.test.* was issued for another name/, '4.7.5'],
    ['stripped', /does not offer encryption \(STARTTLS\)/, '4.7.4'],
    ['tlsa-fails', /could not find out whether .* The name servers/, '4.7.5'],
    [
      'unsigned',
      /only to mail hosts that are protected by DNSSEC and DANE\. The mail hosts of unsigned\.test are not/,
      '4.7.5',
    ],
    ['full', /The mailbox at full\.test is full/, '4.2.2'],
    ['down', /could not connect to a mail host of down\.test/, '4.4.1'],
    ['null-mx', /accepts no mail at all/, '5.1.10'],
    ['nowhere', /no mail host for nowhere\.test/, '5.4.4'],
  ])('says plainly what is wrong at %s.test', async (name, words, status) => {
    const sender = `to-${name}@home.test`;
    await submit(impatient.port, { from: `<${sender}>`, to: [`<u@${name}.test>`], content });
    const [report] = await reportsAt('mx.home.test', sender, 1);
    expect(report?.defects).toEqual([]);
    expect(report?.status[1]).toMatchObject({ Action: 'failed', Status: status });
    const text = flat(report?.text ?? '');
    expect(text).toMatch(words);
    if (status === '4.7.5' || status === '4.7.4') {
      expect(text).toContain('You have done nothing wrong.');
      expect(text).toMatch(/tell the postmaster of|tell your own postmaster/);
      expect(text).toContain('has been trying since');
    }
  });
});

describe('a delay warning', () => {
  it('is one a message and once, of all its recipients, and says until when', async () => {
    const relay = await relayWith(patient);
    const id = await submit(relay.port, {
      from: '<slow@home.test>',
      to: [
        '<a@wrong-key.test>',
        '<b@full.test> NOTIFY=DELAY,FAILURE',
        '<c@full.test> NOTIFY=FAILURE',
        '<d@home.test>',
      ],
      content,
    });
    await relay.line(new RegExp(`${id}: sender delay notification: `));
    // Two more attempts at both destinations.
    const enough = relay.matching(new RegExp(`${id}: to=.*deferred`)).length + 6;
    await until(() => relay.matching(new RegExp(`${id}: to=.*deferred`)).length >= enough, 'more attempts');
    expect(relay.matching(new RegExp(`${id}: sender delay notification`))).toHaveLength(1);
    const [report] = await reportsAt('mx.home.test', 'slow@home.test', 1);
    expect(report).toMatchObject({
      defects: [],
      headers: { subject: 'Delayed Mail (still being retried)' },
      parts: [{}, { type: 'message/delivery-status' }, { type: 'text/rfc822-headers' }],
    });
    expect(report?.status.slice(1)).toMatchObject([
      { 'Final-Recipient': 'rfc822; a@wrong-key.test', Action: 'delayed', Status: '4.7.5' },
      { 'Final-Recipient': 'rfc822; b@full.test', Action: 'delayed', Status: '4.2.2' },
    ]);
    expect(Date.parse(report?.status[1]?.['Will-Retry-Until'] ?? '')).toBeGreaterThan(
      Date.now() + 4 * 86_400_000,
    );
    expect(flat(report?.text ?? '')).toMatch(
      /DO NOT SEND IT AGAIN.*You can wait: the relay will deliver the message/,
    );
  });
});

describe('a success report', () => {
  it('is made here, as relayed, where the next hop has no DSN; elsewhere the request travels on', async () => {
    const relay = plain;
    const to = [
      '<a@nodsn.test> NOTIFY=SUCCESS',
      '<b@home.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@list.test',
      '<c@nodsn.test>',
    ];
    const id = await submit(relay.port, { from: '<glad@home.test> ENVID=e1', to, content });
    await relay.line(new RegExp(`${id}: sender delivery status notification: `));
    const [report] = await reportsAt('mx.home.test', 'glad@home.test', 1);
    expect(report).toMatchObject({ defects: [], headers: { subject: 'Successful Mail Delivery Report' } });
    expect(report?.status.slice(1)).toMatchObject([
      { 'Final-Recipient': 'rfc822; a@nodsn.test', Action: 'relayed', Status: '2.0.0' },
    ]);
    const said = lab.host('mx.home.test').sessions.flatMap(({ tlsCommands }) => tlsCommands);
    expect(said).toContain('RCPT TO:<b@home.test> NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;b@list.test');
  });
});

describe('the postmaster', () => {
  const notices = {
    'queue.notify_classes': 'bounce,2bounce,delay',
    'queue.notice_recipient': 'pm@home.test',
  };

  it('gets copies of what he asked for, from an address that is told nothing', async () => {
    const relay = await relayWith(notices);
    const had = lab.host('mx.home.test').messages.length;
    const id = await submit(relay.port, { from: '<copied@home.test>', to: ['<x@rejects.test>'], content });
    await relay.line(new RegExp(`${id}: postmaster non-delivery notification: `));
    const messages = await lab.host('mx.home.test').waitForMessages(had + 2);
    const copy = messages.find(({ recipients }) => recipients.includes('pm@home.test'));
    expect(copy?.sender).toBe('double-bounce@relay.test');
    const parsed = await parseReport(copy?.data ?? Buffer.alloc(0));
    expect(parsed).toMatchObject({
      defects: [],
      headers: { subject: 'Postmaster Copy: Undelivered Mail', 'auto-submitted': 'auto-generated' },
      parts: [{}, {}, { type: 'text/rfc822-headers' }],
    });
  });

  it('hears of a report that failed; of one to him nobody hears', async () => {
    const relay = await relayWith({ ...notices, 'queue.notice_recipient': 'pm@rejects.test' });
    const id = await submit(relay.port, { from: '<>', to: ['<x@rejects.test>'], content });
    const line = await relay.line(new RegExp(`${id}: postmaster non-delivery notification: `));
    const notice = line.split(' ').at(-1);
    await relay.line(new RegExp(`warning: ${notice}: undeliverable postmaster notification discarded`));
    await relay.line(new RegExp(`${notice}: removed`));
    expect(relay.matching(/notification: /)).toHaveLength(1);
  });
});

describe('letters beyond ASCII', () => {
  const utf8Content = 'From: ä@home.test\r\nSubject: grüße\r\n\r\nÄ\r\n';

  it('RFC 6533: the report to an address outside ASCII is international in all its parts', async () => {
    const relay = plain;
    await submit(relay.port, {
      from: '<ä@home.test> SMTPUTF8',
      to: ['<ö@rejects.test>'],
      content: utf8Content,
    });
    const [report] = await reportsAt('mx.home.test', 'ä@home.test', 1);
    expect(report).toMatchObject({
      defects: [],
      parts: [{}, { type: 'message/global-delivery-status' }, { type: 'message/global' }],
    });
    expect(report?.status[1]).toMatchObject({ 'Final-Recipient': 'utf-8; ö@rejects.test' });
    const said = lab.host('mx.home.test').sessions.flatMap(({ tlsCommands }) => tlsCommands);
    expect(said.filter((line) => /^MAIL FROM:<>.* SMTPUTF8/.test(line))).not.toEqual([]);
  });

  it('RFC 6533 §3: the report to an ASCII address needs no SMTPUTF8 to get there', async () => {
    const relay = plain;
    await submit(relay.port, {
      from: '<ascii@home.test> SMTPUTF8',
      to: ['<ö@rejects.test>'],
      content: utf8Content.replace('ä@', 'a@'),
    });
    const [report] = await reportsAt('mx.home.test', 'ascii@home.test', 1);
    expect(report).toMatchObject({
      defects: [],
      parts: [{}, { type: 'message/delivery-status', encoding: '7bit' }, { type: 'message/global' }],
    });
    expect(report?.status[1]).toMatchObject({ 'Final-Recipient': 'utf-8; \\x{F6}@rejects.test' });
  });

  it.each([
    ['8bit content', 'eight', 'BODY=8BITMIME', 'Subject: of interest\r\n', 'message/rfc822', 'of interest'],
    [
      'an international header',
      'letters',
      'BODY=8BITMIME SMTPUTF8',
      'Subject: grüße\r\n',
      'message/global',
      'grüße',
    ],
  ])(
    '%s comes back through a host that has neither 8BITMIME nor SMTPUTF8',
    async (_, name, parameters, subject, type, shown) => {
      await submit(plain.port, {
        from: `<${name}@sevenbit.test> ${parameters}`,
        to: ['<x@rejects.test>'],
        content: `${subject}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nÄ\r\n`,
      });
      const [report] = await reportsAt('mx.sevenbit.test', `${name}@sevenbit.test`, 1);
      expect(report?.defects).toEqual([]);
      expect(report?.parts[2]?.type).toBe(type);
      expect(report?.returned).toEqual({ subject: shown, body: 'Ä\n' });
      const { messages } = lab.host('mx.sevenbit.test');
      const data = messages.find(({ recipients }) => recipients.includes(`${name}@sevenbit.test`))?.data;
      expect(data?.every((octet) => octet < 0x80)).toBe(true);
    },
  );
});

unless(postfixObstacle(), describe)('a real Postfix', () => {
  it('takes reports of every kind', async () => {
    const relay = await relayWith({ ...patient, 'queue.lifetime': '15s' });
    const id = await submit(relay.port, {
      from: '<s@postfix.test>',
      to: ['<x@rejects.test>', '<y@full.test>', '<z@nodsn.test> NOTIFY=SUCCESS'],
      content,
    });
    await relay.line(new RegExp(`${id}: removed`));
    const messages = await lab.host('mx.postfix.test').waitForMessages(4);
    const reports = await Promise.all(messages.map(({ data }) => parseReport(data)));
    expect(reports.map(({ headers }) => headers['subject'] ?? '').toSorted()).toEqual([
      'Delayed Mail (still being retried)',
      'Successful Mail Delivery Report',
      'Undelivered Mail Returned to Sender',
      'Undelivered Mail Returned to Sender',
    ]);
    expect(reports.flatMap(({ defects }) => defects)).toEqual([]);
    for (const { sender } of messages) expect(sender).toBe('');
  });
});
