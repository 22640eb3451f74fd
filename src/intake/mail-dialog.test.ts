import { beforeEach, expect, test } from 'vitest';
import { intakeOptions } from '../../test/support/intake-options.ts';
import { createMemoryBudget } from '../core/memory-budget.ts';
import { clientAt, type ClientIdentity } from '../core/intake/client-identity.ts';
import { LoginFailures } from '../core/sasl-server/login-failures.ts';
import { ClientLimits } from '../core/intake/client-limits.ts';
import { SenderLimits } from '../core/intake/sender-limits.ts';
import { createAdmission } from './admission.ts';
import type { IntakeContext } from './intake-context.ts';
import { MailDialog } from './mail-dialog.ts';

let lines: string[];
let context: IntakeContext;
let trouble: Error | undefined;
const limits = { clientMessageRateLimit: 3, clientRecipientRateLimit: 4, userMessageRateLimit: 2 };
beforeEach(() => {
  lines = [];
  trouble = undefined;
  let ids = 0;
  context = {
    options: { ...intakeOptions, messageSizeLimitBytes: 1000, recipientLimit: 2 },
    ports: {
      accept: () => Promise.reject(new Error('not asked')),
      storeRefusal: () => trouble,
      newQueueId: () => `Q${(ids += 1)}`,
      log: (event) => lines.push(event.text),
      now: () => 1_795_293_388_587,
    },
    admission: createAdmission(
      intakeOptions,
      { log: (event) => lines.push(event.text) },
      (address) => address.startsWith('192.0.2.'),
      new ClientLimits(
        { ...intakeOptions, ...limits },
        () => false,
        () => 0,
      ),
      new SenderLimits({ ...intakeOptions, ...limits }, () => 0),
    ),
    failures: new LoginFailures(0),
    memory: createMemoryBudget(2_000),
    underWay: new Set(),
  };
});

function dialog(address = '192.0.2.1'): MailDialog {
  const dialog = new MailDialog(context, () => ({ ...clientAt(address, 'test'), name: 'client.example' }));
  dialog.hello('app', true);
  return dialog;
}

test('MailDialog: the first recipient gives the queue id', () => {
  const mail = dialog();
  expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('250 2.1.0 Ok');
  expect(mail.rcpt('RCPT TO:<bad>')).toMatch(/^550 5\.1\.3 /);
  expect(mail.rcpt('RCPT TO:<a@y.example>')).toBe('250 2.1.5 Ok');
  expect(mail.rcpt('RCPT TO:<b@y.example>')).toBe('250 2.1.5 Ok');
  expect(mail.rcpt('RCPT TO:<c@y.example>')).toBe('452 4.5.3 Error: too many recipients');
  expect(lines.map((line) => line.slice(0, 30))).toEqual([
    'NOQUEUE: reject: RCPT from cli',
    'Q1: client=client.example[192.',
    'Q1: reject: RCPT from client.e',
  ]);
  const incoming = mail.data();
  expect(incoming).toMatchObject({
    queueId: 'Q1',
    arrivedAt: 1_795_293_388_587,
    envelope: { sender: 's@x.example', recipients: [{ address: 'a@y.example' }, { address: 'b@y.example' }] },
    client: { name: 'client.example', address: '192.0.2.1', helo: 'app', protocol: 'ESMTP' },
  });
  expect(incoming).not.toHaveProperty('declaredSizeBytes');
});

test('MailDialog: only clients of the networks may relay', () => {
  const mail = dialog('198.51.100.1');
  mail.mail('MAIL FROM:<s@x.example>');
  expect(mail.rcpt('RCPT TO:<a@y.example>')).toBe('554 5.7.1 <a@y.example>: Relay access denied');
  expect(mail.data()).toBe('554 5.5.1 Error: no valid recipients');
  expect(lines).toEqual([
    'NOQUEUE: reject: RCPT from client.example[198.51.100.1]: 554 5.7.1 <a@y.example>: Relay access denied; from=<s@x.example> to=<a@y.example> proto=ESMTP helo=<app>',
    'NOQUEUE: reject: DATA from client.example[198.51.100.1]: 554 5.5.1 Error: no valid recipients; from=<s@x.example> proto=ESMTP helo=<app>',
  ]);
});

test.each([
  ['EHLO', (mail: MailDialog) => mail.hello('app', true)],
  ['RSET', (mail: MailDialog) => mail.reset()],
  ['the end of a message', (mail: MailDialog) => mail.dataEnded('250 2.0.0 Ok')],
])('MailDialog: %s ends the transaction', (_, end) => {
  const mail = dialog();
  mail.mail('MAIL FROM:<s@x.example>');
  expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('503 5.5.1 Error: nested MAIL command');
  mail.rcpt('RCPT TO:<a@y.example>');
  end(mail);
  expect(mail.rcpt('RCPT TO:<a@y.example>')).toBe('503 5.5.1 Error: need MAIL command');
  expect(mail.data()).toBe('503 5.5.1 Error: need RCPT command');
});

test('MailDialog: a message that is refused is told with its only recipient, one that nobody waits for is not', () => {
  const mail = dialog();
  mail.mail('MAIL FROM:<> SIZE=5');
  mail.rcpt('RCPT TO:<a@y.example>');
  expect(mail.data()).toMatchObject({ declaredSizeBytes: 5 });
  lines = [];
  mail.dataEnded('552 5.3.4 no');
  expect(lines).toEqual([
    'Q1: reject: END-OF-MESSAGE from client.example[192.0.2.1]: 552 5.3.4 no; from=<> to=<a@y.example> proto=ESMTP helo=<app>',
  ]);
  mail.dataEnded(undefined);
  expect(lines).toHaveLength(1);
});

test('MailDialog: a HELO name cannot break out of its line', () => {
  const mail = dialog();
  mail.hello(`a> b=<c\x01${'x'.repeat(300)}`, false);
  mail.mail('MAIL FROM:<root>');
  const helo = /helo=<(.*)>$/.exec(lines[0] ?? '')?.[1];
  expect(helo).toMatch(/^a\?\?b=\?c\?x+$/);
  expect(helo).toHaveLength(255);
  expect(lines[0]).toContain('proto=SMTP ');
});

test('MailDialog: while the store takes nothing no mail begins', () => {
  const mail = dialog();
  trouble = Object.assign(new Error('gone'), { code: 'QUEUE_UNAVAILABLE' });
  expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('451 4.3.0 Error: queue file write error');
  trouble = Object.assign(new Error('full'), { code: 'QUEUE_FULL' });
  expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('452 4.3.1 Insufficient system storage');
  expect(lines.at(-1)).toMatch(/^NOQUEUE: reject: MAIL from .*452 4\.3\.1/);
  trouble = undefined;
  expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('250 2.1.0 Ok');
});

test('MailDialog: rates of messages and recipients', () => {
  const mail = dialog();
  for (let times = 0; times < 3; times += 1) {
    expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('250 2.1.0 Ok');
    mail.reset();
  }
  expect(mail.mail('MAIL FROM:<s@x.example>')).toBe('450 4.7.1 Error: too much mail from 192.0.2.1');
  expect(lines).toContain(
    'Message delivery request rate limit exceeded: 4 from client.example[192.0.2.1] for service smtpd',
  );
  const other = dialog('192.0.2.2');
  other.mail('MAIL FROM:<s@x.example>');
  for (let times = 0; times < 4; times += 1) expect(other.rcpt('RCPT TO:<a@y.example>')).toBe('250 2.1.5 Ok');
  expect(other.rcpt('RCPT TO:<a@y.example>')).toBe('450 4.7.1 Error: too many recipients from 192.0.2.2');
});

test('MailDialog: what all clients have open has a limit, and what one gives up is there for others', () => {
  context = {
    ...context,
    options: { ...context.options, recipientLimit: 100 },
    memory: createMemoryBudget(2_000),
  };
  const [one, other] = [dialog(), dialog('192.0.2.2')];
  for (const each of [one, other]) each.mail('MAIL FROM:<a@b.example>');
  const answers = Array.from({ length: 7 }, (_, index) =>
    (index % 2 === 0 ? one : other).rcpt(`RCPT TO:<u${index}@long-domain.example>`),
  );
  expect(answers.filter((reply) => reply.startsWith('250'))).toHaveLength(5);
  expect(answers.slice(5)).toEqual(Array(2).fill('452 4.3.1 Insufficient system storage'));
  one.reset();
  expect(other.rcpt('RCPT TO:<last@long-domain.example>')).toBe('250 2.1.5 Ok');
  other.reset();
  expect(context.memory.usedBytes()).toBe(0);
});

test('MailDialog: who the client is counts when it is asked, not when it began', () => {
  let identity: ClientIdentity = clientAt('198.51.100.1', 'test');
  const mail = new MailDialog(context, () => identity);
  mail.hello('app', true);
  mail.mail('MAIL FROM:<s@x.example>');
  identity = { ...identity, user: 'printer', tls: { protocol: 'TLSv1.3', cipher: 'x', bits: [256, 256] } };
  expect(mail.rcpt('RCPT TO:<a@y.example>')).toBe('250 2.1.5 Ok');
  expect(mail.data()).toMatchObject({
    client: { name: 'unknown', address: '198.51.100.1', protocol: 'ESMTPSA' },
  });
});

test('MailDialog: forgets what was said before TLS', () => {
  const mail = dialog();
  mail.mail('MAIL FROM:<s@x.example>');
  mail.forget();
  expect([mail.isOpen, mail.rcpt('RCPT TO:<a@y.example>')]).toEqual([
    false,
    '503 5.5.1 Error: need MAIL command',
  ]);
});

test('MailDialog: a login name has a limit of its own, whatever the client addresses', () => {
  const logIn = (address: string): MailDialog => {
    const user = new MailDialog(context, () => ({ ...clientAt(address, 'test'), user: 'printer' }));
    user.hello('app', true);
    return user;
  };
  expect(logIn('192.0.2.1').mail('MAIL FROM:<s@x.example>')).toBe('250 2.1.0 Ok');
  expect(logIn('198.51.100.9').mail('MAIL FROM:<s@x.example>')).toBe('250 2.1.0 Ok');
  expect(logIn('192.0.2.77').mail('MAIL FROM:<s@x.example>')).toBe(
    '450 4.7.1 Error: too much mail from user printer',
  );
  expect(lines.at(-2)).toBe(
    'Message rate limit of user printer exceeded: 3 from unknown[192.0.2.77] for service smtpd',
  );
});

test('MailDialog: other addresses take the place of those that were named, and the limit counts what was named', () => {
  const expand = (address: string): readonly string[] | 'endless' =>
    ({
      'all@y.example': ['a@y.example', 'b@y.example', 'c@y.example'],
      'loop@y.example': 'endless' as const,
    })[address] ?? [address];
  const rewriting = { canonicalSender: (address: string) => address.replace('root@', 'it@'), expand };
  context = {
    ...context,
    options: { ...context.options, alwaysBcc: 'archive@y.example' },
    ports: { ...context.ports, rewriting },
    memory: createMemoryBudget(10_000),
  };
  const mail = dialog();
  mail.mail('MAIL FROM:<root@x.example>');
  expect(mail.rcpt('RCPT TO:<all@y.example>')).toBe('250 2.1.5 Ok');
  expect(mail.rcpt('RCPT TO:<loop@y.example>')).toBe('451 4.6.0 <loop@y.example>: Alias expansion error');
  expect(mail.rcpt('RCPT TO:<d@y.example>')).toBe('250 2.1.5 Ok');
  const incoming = mail.data();
  if (typeof incoming === 'string') throw new Error(incoming);
  const { sender, recipients } = incoming.envelope;
  const original = 'all@y.example';
  expect([sender, recipients]).toEqual([
    'it@x.example',
    [
      { address: 'a@y.example', original },
      { address: 'b@y.example', original },
      { address: 'c@y.example', original },
      { address: 'd@y.example' },
      { address: 'archive@y.example', notify: ['NEVER'] },
    ],
  ]);
});

test.each([
  ['never', undefined, /^Received: from app /],
  ['users', undefined, /^Received: from app /],
  ['users', 'anna', /^Received: by relay\.example /],
  ['always', undefined, /^Received: by relay\.example /],
] as const)('MailDialog: hide_client = %s, login %s', async (hideClient, user, received) => {
  context = {
    ...context,
    options: { ...context.options, hideClient },
    memory: createMemoryBudget(100_000),
  };
  const mail = new MailDialog(context, () => ({ ...clientAt('192.0.2.1', 'test'), ...(user && { user }) }));
  mail.hello('app', true);
  mail.mail('MAIL FROM:<s@x.example>');
  mail.rcpt('RCPT TO:<a@y.example>');
  const incoming = mail.data();
  if (typeof incoming === 'string') throw new Error(incoming);
  incoming.content.feed(Buffer.from('\r\n.\r\n'));
  await incoming.content.begun;
  const pieces: Buffer[] = [];
  for await (const piece of incoming.content.chunks) pieces.push(piece);
  const text = Buffer.concat(pieces).toString();
  expect(text).toMatch(received);
  expect(text.includes('192.0.2.1')).toBe(received.source.includes('app'));
});
