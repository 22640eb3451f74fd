import { plainListener } from '../../../src/core/intake/listener.ts';
import type { IntakeListener } from '../../../src/intake/intake-options.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import type { Message } from '../../../src/core/mail/message.ts';
import type { Submission } from '../../../src/intake/submission.ts';
import { startIntake } from '../../../src/intake/server/smtp-intake.ts';
import { intakeOptions } from '../../support/intake-options.ts';
import { runIntake } from './running-intake.ts';

class StoreError extends Error {
  readonly code: string;
  constructor(code: string) {
    super('Redis: gone');
    this.code = code;
  }
}

test('pipelined transactions are served in order, their content apart', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.say('EHLO app');
  // RFC 2920 §3.1: what follows a message may travel with it, but DATA is the last of its group.
  const group = (n: number): string =>
    `MAIL FROM:<s${n}@x.example>\r\nRCPT TO:<bad>\r\nRCPT TO:<r${n}@y.example>\r\nDATA\r\n`;
  const content = (n: number): string => `Subject: ${n}\r\n\r\nbody ${n}\r\n.\r\n`;
  const replies: string[] = [];
  for (const octets of [group(1), content(1) + group(2), content(2) + group(3), `${content(3)}QUIT\r\n`]) {
    client.write(octets);
    while (!/^(?:354|221)/.test(replies.at(-1) ?? '')) replies.push((await client.reply()).slice(0, 9));
    replies[replies.length - 1] = replies.at(-1)?.slice(1) ?? '';
  }
  const each = ['250 2.1.0', '550 5.1.3', '250 2.1.5', '54 End d', '250 2.0.0'];
  expect(replies).toEqual([...each, ...each, ...each, '21 2.0.0']);
  expect(intake.stored.map(({ message, content }) => [message.envelope.sender, content.slice(-8)])).toEqual([
    ['s1@x.example', 'body 1\r\n'],
    ['s2@x.example', 'body 2\r\n'],
    ['s3@x.example', 'body 3\r\n'],
  ]);
});

test('a client that closes its side early still gets its replies', async () => {
  await using intake = await runIntake(
    {},
    {
      accept: async (submission) => {
        for await (const _ of submission.content);
        await sleep(50);
        return submission.message();
      },
    },
  );
  const client = await intake.client();
  await client.reply();
  await client.talk('EHLO app', 'MAIL FROM:<>', 'RCPT TO:<r@y.example>', 'DATA');
  client.socket.end('x\r\n.\r\nRSET\r\nQUIT');
  const replies: string[] = [];
  for (let reply = await client.reply(); reply !== 'closed'; reply = await client.reply())
    replies.push(reply.slice(0, 9));
  expect(replies.slice(-2)).toEqual(['250 2.0.0', '250 2.0.0']);
  await intake.stop();
  expect(intake.lines().slice(-2)).toEqual([
    'lost connection after RSET from localhost[127.0.0.1]',
    'disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 rset=1 commands=5',
  ]);
});

test.each([
  [
    'QUEUE_UNAVAILABLE',
    '451 4.3.0 Error: queue file write error',
    'warning',
    'Q1: queue file write error: Redis: gone',
  ],
  [
    'QUEUE_UNSAFE',
    '451 4.3.0 Error: queue file write error',
    'warning',
    'Q1: queue file write error: Redis: gone',
  ],
  [
    'QUEUE_FULL',
    '452 4.3.1 Insufficient system storage',
    'warning',
    'Q1: queue file write error: Redis: gone',
  ],
  ['OTHER', '451 4.3.0 Error: internal error', 'error', 'Q1: Error: Redis: gone | at '],
])('an accept that fails with %s is no acceptance', async (code, reply, severity, line) => {
  for (const when of ['at once', 'after the content']) {
    await using intake = await runIntake(
      {},
      {
        accept: async (submission) => {
          if (when !== 'at once') for await (const _ of submission.content);
          throw new StoreError(code);
        },
      },
    );
    const client = await intake.client();
    await client.toData();
    client.write(`Subject: x\r\n\r\n${'x'.repeat(300_000)}\r\n.\r\n`);
    expect(await client.reply()).toBe(reply);
    expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
    const event = intake.events.find((candidate) => candidate.text.startsWith(line));
    expect(event).toMatchObject({ severity, component: 'smtpd' });
    expect(event?.text).not.toContain('\n');
    expect(intake.lines()).toContain(
      `Q1: reject: END-OF-MESSAGE from localhost[127.0.0.1]: ${reply}; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<client.example>`,
    );
  }
});

test('a bug in a command is answered and told', async () => {
  let ids = 0;
  await using intake = await runIntake(
    {},
    {
      newQueueId: () => {
        ids += 1;
        if (ids === 1) throw new Error('no more ids');
        return `Q${ids}`;
      },
    },
  );
  const client = await intake.client();
  await client.reply();
  expect(await client.talk('EHLO app', 'MAIL FROM:<>', 'RCPT TO:<r@y.example>')).toBe(
    '451 4.3.0 Error: internal server error',
  );
  expect(await client.talk('RCPT TO:<r@y.example>', 'DATA', '.')).toBe('250 2.0.0 Ok: queued as Q2');
  const event = intake.events.find(({ severity }) => severity === 'error');
  expect(event?.text).toMatch(/^NOQUEUE: Error: no more ids \| at [^\n]+$/);
});

test('an accept that resolves without the content is no acceptance', async () => {
  await using intake = await runIntake({}, { accept: async () => ({}) as Message });
  const client = await intake.client();
  await client.toData();
  expect(await client.say('hello\r\n.')).toBe('451 4.3.0 Error: internal error');
});

test('250 is not said before accept has resolved', async () => {
  let accepted: () => void = () => undefined;
  await using intake = await runIntake(
    {},
    {
      accept: async (submission) => {
        for await (const _ of submission.content);
        await new Promise<void>((resolve) => {
          accepted = resolve;
        });
        return submission.message();
      },
    },
  );
  const client = await intake.client();
  await client.toData();
  const reply = client.say('hello\r\n.');
  expect(await Promise.race([reply, sleep(100, 'nothing')])).toBe('nothing');
  accepted();
  expect(await reply).toBe('250 2.0.0 Ok: queued as Q1');
});

test.each([
  ['nothing yet', '', 0],
  ['a small part', 'Subject: x\r\n\r\nhel', 17],
  ['a large part', 'x'.repeat(200_000), 200_000],
])('a client lost in DATA after %s leaves nothing', async (_, part, octets) => {
  let outcome: unknown = 'not asked';
  await using intake = await runIntake(
    {},
    {
      accept: async (submission: Submission) => {
        try {
          for await (const _ of submission.content);
          outcome = 'stored';
        } catch (error) {
          outcome = error;
          throw error;
        }
        return submission.message();
      },
    },
  );
  const client = await intake.client();
  await client.toData();
  client.write(part);
  await sleep(50);
  client.socket.destroy();
  await expect.poll(() => intake.lines().length).toBeGreaterThanOrEqual(4);
  expect(intake.lines().slice(-2)).toEqual([
    `lost connection after DATA (${octets} bytes) from localhost[127.0.0.1]`,
    'disconnect from localhost[127.0.0.1] ehlo=1 mail=1 rcpt=1 data=1 commands=4',
  ]);
  if (octets < 65_536) expect(outcome).toBe('not asked');
  else expect(outcome).toMatchObject({ code: 'CONTENT_REFUSED', reply: undefined });
});

test('a client that goes without QUIT is logged', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  await client.talk('EHLO app', 'MAIL FROM:<>');
  client.socket.resetAndDestroy();
  await expect.poll(() => intake.lines().length).toBe(3);
  expect(intake.lines().slice(1)).toEqual([
    'lost connection after MAIL from localhost[127.0.0.1]',
    'disconnect from localhost[127.0.0.1] ehlo=1 mail=1 commands=2',
  ]);
});

test('a silent client is timed out, one that trickles too', async () => {
  await using intake = await runIntake({ timeoutMs: 1_500 });
  const silent = await intake.client();
  const trickling = await intake.client();
  const inData = await intake.client();
  await inData.toData();
  await silent.reply();
  await trickling.reply();
  const trickle = setInterval(() => trickling.write('x'), 20);
  for (const client of [silent, trickling, inData]) {
    expect(await client.reply()).toBe('421 4.4.2 relay.example Error: timeout exceeded');
    await client.closed();
  }
  clearInterval(trickle);
  expect(intake.lines()).toContain('timeout after CONNECT from localhost[127.0.0.1]');
  expect(intake.lines()).toContain('timeout after DATA (0 bytes) from localhost[127.0.0.1]');
  expect(intake.lines().filter((line) => line.startsWith('lost'))).toEqual([]);
});

test('a client is not timed out while it waits for us', async () => {
  await using intake = await runIntake(
    { timeoutMs: 1_000 },
    {
      accept: async (submission) => {
        for await (const _ of submission.content) await sleep(1_300);
        await sleep(1_300);
        return submission.message();
      },
    },
  );
  const client = await intake.client();
  await client.toData();
  expect(await client.say(`${'x'.repeat(200_000)}\r\n.`)).toContain('250 2.0.0');
});

test('a command line without end is not kept', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  client.write('x'.repeat(5000));
  expect(await client.reply()).toBe('421 4.7.0 relay.example Error: Command line too long');
  await client.closed();
});

test('HTTP gets nowhere', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.reply();
  expect(await client.say('POST / HTTP/1.1')).toBe('421 4.7.0 relay.example Error: this is SMTP');
  await client.closed();
});

test('one client too many is told so', async () => {
  await using intake = await runIntake({ clientLimit: 1 });
  const first = await intake.client();
  await first.reply();
  const second = await intake.client();
  expect(await second.reply()).toBe('421 4.7.0 relay.example Error: too many connections');
  await second.closed();
  expect(intake.lines()).toContain(
    'NOQUEUE: reject: CONNECT from localhost[127.0.0.1]: 421 4.7.0 relay.example Error: too many connections',
  );
  await first.say('QUIT');
  await first.closed();
  await expect.poll(async () => (await (await intake.client()).reply()).slice(0, 3)).toBe('220');
});

test('names come from the lookup, and the greeting waits for them', async () => {
  const asked: string[] = [];
  await using intake = await runIntake(
    {},
    {
      lookupClientName: async (address) => {
        asked.push(address);
        await sleep(20);
        return 'client.example';
      },
    },
  );
  const other = await intake.client('127.0.0.9');
  expect(await other.reply()).toMatch(/^220/);
  const own = await intake.client();
  expect(await own.reply()).toMatch(/^220/);
  const early = await intake.client('127.0.0.9');
  expect(await early.say('EHLO app')).toBe('421 4.7.0 relay.example Error: You talk too soon');
  await early.closed();
  expect(asked).toEqual(['127.0.0.9', '127.0.0.9']);
  await expect
    .poll(() => intake.lines().slice(2))
    .toEqual(['connect from unknown[127.0.0.9]', 'disconnect from unknown[127.0.0.9] ehlo=0/1 commands=0/1']);
  expect(intake.lines().slice(0, 2)).toEqual([
    'connect from client.example[127.0.0.9]',
    'connect from localhost[127.0.0.1]',
  ]);
});

test('stop() lets the message under way end, and nobody else', async () => {
  await using intake = await runIntake();
  const idle = await intake.client();
  const sending = await intake.client();
  await idle.reply();
  await sending.toData();
  const stopped = intake.stop();
  expect(await idle.reply()).toBe('421 4.3.2 relay.example Error: server shutting down');
  await expect(intake.client()).rejects.toThrow('ECONNREFUSED');
  expect(await Promise.race([stopped, sleep(50, 'still open')])).toBe('still open');
  expect(await sending.say('hello\r\n.')).toBe('250 2.0.0 Ok: queued as Q1');
  expect(await sending.reply()).toBe('421 4.3.2 relay.example Error: server shutting down');
  await stopped;
  expect(intake.stored).toHaveLength(1);
});

test('stop() cuts at its deadline', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.toData();
  await intake.stop(100);
  expect(await client.reply()).toBe('closed');
  expect(intake.stored).toEqual([]);
});

const at = (address: { readonly host: string; readonly port: number }): IntakeListener => ({
  at: { kind: 'tcp', ...address },
  rules: plainListener('test'),
});

test('startIntake() listens on every address or on none', async () => {
  await using intake = await runIntake({
    listeners: [at({ host: '127.0.0.1', port: 0 }), at({ host: '127.0.0.2', port: 0 })],
  });
  const ports = {
    accept: () => Promise.reject(new Error('not asked')),
    newQueueId: () => '',
    log: () => undefined,
    now: Date.now,
  };
  const listeners = [at({ host: '127.0.0.3', port: intake.address.port }), at(intake.address)];
  await expect(startIntake({ ...intakeOptions, listeners }, ports)).rejects.toMatchObject({
    code: 'EADDRINUSE',
  });
  const again = await startIntake({ ...intakeOptions, listeners: listeners.slice(0, 1) }, ports);
  await again.stop(AbortSignal.abort());
});
