import { expect, test } from 'vitest';
import { runIntake } from './running-intake.ts';

test('a whole session, as Postfix would have it', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  expect(await client.reply()).toBe('220 relay.example ESMTP dane-relay');
  expect((await client.say('EHLO client.example')).split('\n').toSorted()).toEqual(
    [
      '250-relay.example',
      '250-PIPELINING',
      '250-SIZE 1000000',
      '250-ENHANCEDSTATUSCODES',
      '250-8BITMIME',
      '250-DSN',
      '250 SMTPUTF8',
    ].toSorted(),
  );
  expect(await client.say('MAIL FROM:<sender@x.example>')).toBe('250 2.1.0 Ok');
  expect(await client.say('RCPT TO:<rcpt@y.example>')).toBe('250 2.1.5 Ok');
  expect(await client.say('DATA')).toBe('354 End data with <CR><LF>.<CR><LF>');
  expect(
    await client.say('Message-ID: <m@x.example>\r\nDate: x\r\nFrom: a@x.example\r\n\r\nhello\r\n..\r\n.'),
  ).toBe('250 2.0.0 Ok: queued as Q1');
  expect(await client.say('QUIT')).toBe('221 2.0.0 Bye');
  expect(await client.reply()).toBe('closed');
  await intake.stop();

  const [kept] = intake.stored;
  const received =
    /^Received: from client\.example \(localhost \[127\.0\.0\.1\]\)\r\n\tby relay\.example \(dane-relay\) with ESMTP id Q1\r\n\tfor <rcpt@y\.example>; \w{3}, 21 Nov 2026 \d\d:00:00 [+-]\d{4}\r\n/;
  expect(kept?.content).toMatch(received);
  expect(kept?.content.replace(received, '')).toBe(
    'Message-ID: <m@x.example>\r\nDate: x\r\nFrom: a@x.example\r\n\r\nhello\r\n.\r\n',
  );
  expect(kept?.message).toEqual({
    queueId: 'Q1',
    envelope: {
      sender: 'sender@x.example',
      recipients: [{ address: 'rcpt@y.example' }],
      body: '7BIT',
      smtpUtf8: false,
    },
    client: { name: 'localhost', address: '127.0.0.1', helo: 'client.example', protocol: 'ESMTP' },
    arrivedAt: Date.UTC(2026, 10, 21, 12),
    size: kept?.content.length,
    messageId: '<m@x.example>',
  });
  expect(intake.events.map(({ component, text }) => `${component}: ${text}`)).toEqual([
    'smtpd: connect from localhost[127.0.0.1]',
    'smtpd: Q1: client=localhost[127.0.0.1]',
    'cleanup: Q1: message-id=<m@x.example>',
    'smtpd: disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5',
  ]);
});

test('a message without Date, Message-ID and From gets them', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.toData();
  expect(await client.say('Subject: x\r\n\r\nhello\r\n.')).toContain('250 2.0.0');
  expect(intake.stored[0]?.content).toMatch(
    /\r\nSubject: x\r\nMessage-ID: <Q1@relay\.example>\r\nDate: \w{3}, 21 Nov 2026 .{14}\r\nFrom: s@x\.example\r\n\r\nhello\r\n$/,
  );
  expect(intake.stored[0]?.message.messageId).toBe('<Q1@relay.example>');
  expect(intake.lines()).toContain('Q1: message-id=<Q1@relay.example>');
});

test('commands out of order and commands there are not', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  expect(await client.say('MAIL FROM:<a@x.example>')).toBe('503 5.5.1 Error: send HELO/EHLO first');
  expect(await client.say('EHLO')).toBe('501 Syntax: EHLO hostname');
  expect(await client.say('HELO')).toBe('501 Syntax: HELO hostname');
  expect(await client.say('HELO client.example')).toBe('250 relay.example');
  expect(await client.say('RCPT TO:<a@x.example>')).toBe('503 5.5.1 Error: need MAIL command');
  expect(await client.say('DATA')).toBe('503 5.5.1 Error: need RCPT command');
  expect(await client.say('mail from:<a@x.example>')).toBe('250 2.1.0 Ok');
  expect(await client.say('MAIL FROM:<a@x.example>')).toBe('503 5.5.1 Error: nested MAIL command');
  expect(await client.say('RCPT TO:<>')).toBe('501 5.1.3 Bad recipient address syntax');
  expect(await client.say('DATA')).toBe('554 5.5.1 Error: no valid recipients');
  expect(await client.say('DATA now')).toBe('501 5.5.4 Syntax: DATA');
  expect(await client.say('RSET')).toBe('250 2.0.0 Ok');
  expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  expect(await client.say('VRFY a')).toMatch(/^252 2\.0\.0 /);
  expect(await client.say('STARTTLS')).toBe('502 5.5.1 Error: command not implemented');
  expect(await client.say('AUTH PLAIN AGEAYg==')).toBe('503 5.5.1 Error: authentication not enabled');
  for (const verb of ['WIZ x', 'SHELL', 'KILL', 'XADR x', 'LHLO x', 'toString', '']) {
    expect(await client.say(verb)).toBe('500 5.5.2 Error: command not recognized');
    expect(await client.say('MAIL FROM:<>')).toBe('250 2.1.0 Ok');
    expect(await client.talk('RCPT TO:<a@x.example>', 'DATA', '.')).toContain('queued as');
  }
  await client.talk('QUIT');
  await intake.stop();
  expect(intake.lines().at(-1)).toBe(
    'disconnect from localhost[127.0.0.1] helo=1/2 ehlo=0/1 starttls=0/1 auth=0/1 mail=8/10 rcpt=7/9 data=7/10 rset=1 noop=1 vrfy=1 quit=1 unknown=0/7 commands=27/45',
  );
});

test('addresses without a domain are completed for a client that may relay', async () => {
  await using intake = await runIntake({ appendOrigin: 'origin.example' });
  const client = await intake.client();
  await client.reply();
  await client.talk('EHLO printer', 'MAIL FROM: printer', 'RCPT TO:root', 'RCPT TO:<Postmaster>', 'DATA ');
  expect(await client.say('To: root\r\nBcc: x\r\n\r\nhello\r\n.')).toContain('250 2.0.0');
  expect(intake.stored[0]?.message.envelope).toMatchObject({
    sender: 'printer@origin.example',
    recipients: [{ address: 'root@origin.example' }, { address: 'Postmaster@origin.example' }],
  });
  expect(intake.stored[0]?.content).toMatch(
    /\r\nTo: root@origin\.example\r\nMessage-ID: .*\r\nDate: .*\r\nFrom: printer@origin\.example\r\n\r\nhello\r\n$/,
  );
  const stranger = await intake.client('127.0.0.9');
  await stranger.reply();
  await stranger.say('EHLO x');
  expect(await stranger.say('MAIL FROM:<root>')).toMatch(/^553 5\.1\.7 <root>/);
});

test.each(['EXPN staff', 'HELP', 'ETRN x.example', 'TURN', 'SOML FROM:<a@x.example>'])(
  '%s is known, and not done here',
  async (command) => {
    await using intake = await runIntake();
    const client = await intake.client();
    await client.reply();
    await client.say('EHLO x');
    expect(await client.say(command)).toBe('502 5.5.1 Error: command not implemented');
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  },
);

test('a client that only errs is sent away', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.say('EHLO x');
  for (let i = 0; i < 20; i += 1) expect(await client.say('RCPT TO:<a@x.example>')).toMatch(/^503/);
  expect(await client.say('NOOP')).toBe('421 4.7.0 relay.example Error: too many errors');
  expect(await client.reply()).toBe('closed');
});

test.each([
  ['MAIL FROM:<a@x.example> FOO=bar', '555 5.5.4 Unsupported option: FOO=bar'],
  ['MAIL FROM:<a@x.example> SIZE=1000001', '552 5.3.4 Message size exceeds fixed limit'],
  ['MAIL FROM:<a@x.example> RET=X', '501 5.5.4 Bad RET parameter syntax'],
  ['MAIL FROM:<root>', '553 5.1.7 <root>: Sender address rejected: need fully-qualified address'],
  ['MAIL FROM:<jürgen@x.example>', '553 5.6.7 Must declare SMTPUTF8 to send unicode address'],
])('%s is refused and logged', async (line, reply) => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.say('EHLO app');
  expect(await client.say(line)).toBe(reply);
  expect(intake.lines()).toContain(
    `NOQUEUE: reject: MAIL from localhost[127.0.0.1]: ${reply}; proto=ESMTP helo=<app>`,
  );
});

test.each([
  ['RCPT TO:<user>', '550 5.1.3 <user>: Recipient address rejected: need fully-qualified address'],
  ['RCPT TO:<a@x.example> FOO', '555 5.5.4 Unsupported option: FOO'],
  ['RCPT TO:<a@x.example> NOTIFY=X', '501 5.5.4 Error: Bad NOTIFY parameter syntax'],
  ['RCPT TO:<jürgen@x.example>', '553 5.6.7 Must declare SMTPUTF8 to send unicode address'],
  ['RCPT TO:<a@x.example> ORCPT=x', '501 5.5.4 Error: Bad ORCPT parameter syntax'],
])('%s is refused and logged', async (line, reply) => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.talk('EHLO app', 'MAIL FROM:<s@x.example>');
  expect(await client.say(line)).toBe(reply);
  expect(intake.lines()).toContain(
    `NOQUEUE: reject: RCPT from localhost[127.0.0.1]: ${reply}; from=<s@x.example> proto=ESMTP helo=<app>`,
  );
});

test('octets that are no UTF-8 are refused', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.say('EHLO app');
  client.write(Buffer.from('MAIL FROM:<j\xFCrgen@x.example> SMTPUTF8\r\n', 'latin1'));
  expect(await client.reply()).toBe('500 5.5.2 Error: bad UTF-8 syntax');
});

test('a client outside the networks may not relay', async () => {
  await using intake = await runIntake();
  const client = await intake.client('127.0.0.9');
  await client.reply();
  await client.talk('EHLO name', 'MAIL FROM:<s@x.example>');
  expect(await client.say('RCPT TO:<u@d.example>')).toBe('554 5.7.1 <u@d.example>: Relay access denied');
  expect(await client.say('DATA')).toBe('554 5.5.1 Error: no valid recipients');
  expect(intake.lines()).toContain(
    'NOQUEUE: reject: RCPT from localhost[127.0.0.9]: 554 5.7.1 <u@d.example>: Relay access denied; from=<s@x.example> to=<u@d.example> proto=ESMTP helo=<name>',
  );
  expect(intake.stored).toEqual([]);
});

test('one recipient too many can come later, the same twice counts once', async () => {
  await using intake = await runIntake({ recipientLimit: 2 });
  const client = await intake.client();
  await client.reply();
  await client.talk('EHLO app', 'MAIL FROM:<>', 'RCPT TO:<a@x.example>', 'RCPT TO:<b@x.example>');
  // More often than a client may err.
  for (let i = 0; i < 30; i += 1) {
    expect(await client.say('RCPT TO:<c@x.example>')).toBe('452 4.5.3 Error: too many recipients');
  }
  expect(await client.say('RCPT TO:<a@X.example>')).toBe('250 2.1.5 Ok');
  expect(await client.talk('DATA', '.')).toBe('250 2.0.0 Ok: queued as Q1');
  expect(intake.stored[0]?.message.envelope.recipients).toEqual([
    { address: 'a@x.example' },
    { address: 'b@x.example' },
  ]);
  expect(intake.stored[0]?.content).not.toContain('for <');
  expect(intake.lines()).toContain(
    'Q1: reject: RCPT from localhost[127.0.0.1]: 452 4.5.3 Error: too many recipients; from=<> to=<c@x.example> proto=ESMTP helo=<app>',
  );
});

test('DSN, BODY, SIZE and SMTPUTF8 parameters are kept', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.talk(
    'EHLO app',
    'MAIL FROM:<jürgen@münchen.example> BODY=8BITMIME SMTPUTF8 SIZE=123 RET=HDRS ENVID=QQ+2B1',
    'RCPT TO:<a@x.example> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;old+2Ba@x.example',
    'RCPT TO:<postmaster> NOTIFY=NEVER',
    'DATA',
    '.',
  );
  const [kept] = intake.stored;
  expect(kept?.message.envelope).toEqual({
    sender: 'jürgen@xn--mnchen-3ya.example',
    senderWritten: 'jürgen@münchen.example',
    recipients: [
      { address: 'a@x.example', notify: ['SUCCESS', 'DELAY'], orcpt: 'rfc822;old+a@x.example' },
      { address: 'postmaster@relay.example', original: 'postmaster', notify: ['NEVER'] },
    ],
    body: '8BITMIME',
    smtpUtf8: true,
    ret: 'HDRS',
    envid: 'QQ+1',
  });
  expect(kept?.message.client?.protocol).toBe('UTF8SMTP');
  expect(kept?.submission.declaredSizeBytes).toBe(123);
});

test('an A-label stays one, and asks for no SMTPUTF8', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.talk('EHLO app', 'MAIL FROM:<>', 'RCPT TO:<a@xn--mnchen-3ya.example>', 'DATA', '.');
  expect(intake.stored[0]?.message.envelope).toMatchObject({
    smtpUtf8: false,
    recipients: [{ address: 'a@xn--mnchen-3ya.example' }],
  });
});
