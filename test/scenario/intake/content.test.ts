import { createHash } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { runIntake } from './running-intake.ts';

const smuggled = 'MAIL FROM:<evil@x.example>\r\nRCPT TO:<victim@y.example>\r\nDATA\r\nSubject: evil\r\n\r\n';

test.each([
  ['LF.LF', '\n.\n', '<LF>'],
  ['LF.CRLF', '\n.\r\n', '<LF>'],
  ['CRLF.LF', '\r\n.\n', '<LF>'],
  ['CR.CR', '\r.\r', '<CR>'],
  ['CR.CRLF', '\r.\r\n', '<CR>'],
  ['CRLF.CR', '\r\n.\r', '<CR>'],
  ['CRCRLF.CRLF', '\r\n.\r\r\n', '<CR>'],
])('%s smuggles no second message', async (_, ending, octet) => {
  await using intake = await runIntake({ bareNewline: 'reject' });
  const client = await intake.client();
  await client.toData();
  client.write(`Subject: x\r\n\r\nhello${ending}${smuggled}\r\n.\r\n`);
  expect(await client.reply()).toBe(`550 5.5.2 Error: bare ${octet} received`);
  expect(await client.say('NOOP')).toBe('250 2.0.0 Ok');
  expect(intake.stored).toEqual([]);
  expect(intake.lines().filter((line) => line.includes('victim'))).toEqual([]);
  expect(intake.lines()).toContain(
    `Q1: reject: END-OF-MESSAGE from localhost[127.0.0.1]: 550 5.5.2 Error: bare ${octet} received; from=<s@x.example> to=<r@y.example> proto=ESMTP helo=<client.example>`,
  );
});

test('NUL is refused', async () => {
  await using intake = await runIntake({ bareNewline: 'reject' });
  const client = await intake.client();
  await client.toData();
  expect(await client.say('a\0b\r\n.')).toBe('550 5.6.0 Error: NUL octet received');
});

test('octets one by one are read the same', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.toData();
  client.socket.setNoDelay(true);
  for (const octet of 'Date: x\r\n\r\n..\r\n.a\r\n.\r\nNOOP\r\n') {
    client.write(octet);
    await sleep(1);
  }
  expect(await client.reply()).toContain('250 2.0.0');
  expect(await client.reply()).toBe('250 2.0.0 Ok');
  expect(intake.stored[0]?.content).toMatch(
    /\r\nDate: x\r\nMessage-ID: <Q1@relay\.example>\r\nFrom: s@x\.example\r\n\r\n\.\r\na\r\n$/,
  );
});

test('lines longer than 998 octets are taken, as in Postfix', async () => {
  await using intake = await runIntake();
  const client = await intake.client();
  await client.toData();
  expect(await client.say(`Subject: x\r\n\r\n${'x'.repeat(5000)}\r\n.`)).toContain('250 2.0.0');
  expect(intake.stored[0]?.content).toContain('x'.repeat(5000));
});

test('a loop is refused', async () => {
  await using intake = await runIntake({ hopcountLimit: 3 });
  const client = await intake.client();
  await client.toData();
  expect(await client.say(`${'Received: x\r\n'.repeat(3)}\r\n.`)).toBe('554 5.4.0 Error: too many hops');
  await client.talk('MAIL FROM:<>', 'RCPT TO:<r@y.example>', 'DATA');
  expect(await client.say(`${'Received: x\r\n'.repeat(2)}\r\n.`)).toContain('250 2.0.0');
  expect(intake.stored).toHaveLength(1);
});

test('a message that grows too big is read to its end and refused', async () => {
  let thrown: unknown;
  await using intake = await runIntake(
    {},
    {
      accept: async (submission) => {
        try {
          for await (const _ of submission.content);
        } catch (error) {
          thrown = error;
          throw error;
        }
        return submission.message();
      },
    },
  );
  const client = await intake.client();
  await client.toData();
  for (let sent = 0; sent < 5_000_000; sent += 100_000) client.write(`${'x'.repeat(99_998)}\r\n`);
  client.write('.\r\n');
  expect(await client.reply()).toBe('552 5.3.4 Error: message file too big');
  expect(thrown).toMatchObject({ code: 'CONTENT_REFUSED' });
  expect(await client.talk('MAIL FROM:<>', 'RCPT TO:<r@y.example>', 'DATA', '.')).toBe(
    '250 2.0.0 Ok: queued as Q2',
  );
});

test('20 MB arrive as they were sent', async () => {
  await using intake = await runIntake({ messageSizeLimitBytes: 30_000_000 });
  const client = await intake.client();
  await client.toData();
  const line = Buffer.from(`${'x'.repeat(74)}\r\n`);
  const body = Buffer.alloc(line.length * 270_000, line);
  client.write('Date: x\r\nMessage-ID: <m@x.example>\r\n\r\n');
  client.write(body);
  expect(await client.say('.')).toContain('250 2.0.0');
  const [kept] = intake.stored;
  const sum = (text: string | Buffer): string => createHash('sha256').update(text).digest('hex');
  expect(sum(kept?.content.slice(kept.content.indexOf('\r\n\r\n') + 4) ?? '')).toBe(sum(body));
  expect(kept?.message.size).toBe(kept?.content.length);
});

test('a slow queue holds the client up, not the message in memory', async () => {
  let goOn: () => void = () => undefined;
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  let largest = 0;
  await using intake = await runIntake(
    { messageSizeLimitBytes: 30_000_000 },
    {
      accept: async (submission) => {
        for await (const chunk of submission.content) {
          largest = Math.max(largest, chunk.length);
          await gate;
        }
        return submission.message();
      },
    },
  );
  const client = await intake.client();
  await client.toData();
  const total = 20_000_000;
  const block = Buffer.alloc(100_000, `${'x'.repeat(98)}\r\n`);
  const before = process.memoryUsage().arrayBuffers;
  for (let sent = 0; sent < total; sent += block.length) client.write(block);
  client.write('.\r\n');
  await sleep(300);
  // What the sockets of both sides hold is the kernel's; the client's own buffers are one block, written many times.
  expect(client.socket.writableLength).toBeGreaterThan(10_000_000);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(1_000_000);
  goOn();
  expect(await client.reply()).toContain('250 2.0.0');
  expect(largest).toBeLessThanOrEqual(128 * 1024);
});
