import { expect, test } from 'vitest';
import { ownHeader, wideLimits } from '../../test/support/content-kit.ts';
import { wideShare } from '../../test/support/wide-share.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import { Content } from './content.ts';
import type { Accept } from './submission.ts';
import { acceptMessage } from './accept-message.ts';

function incoming(data: string) {
  const limits = { ...wideLimits, messageSizeLimitBytes: 1000 };
  const content = new Content(ownHeader, limits, wideShare());
  content.feed(Buffer.from(data));
  return {
    queueId: 'Q1',
    envelope: { sender: '', recipients: [], body: '7BIT' as const, smtpUtf8: false },
    client: { name: 'unknown', address: '192.0.2.1', helo: 'h', protocol: 'ESMTP' },
    arrivedAt: 5,
    content,
  };
}

async function run(data: string, accept: Accept): Promise<{ reply: string | undefined; events: LogEvent[] }> {
  const events: LogEvent[] = [];
  const reply = await acceptMessage(incoming(data), accept, (event) => events.push(event));
  return { reply, events };
}

const readAll: Accept = async (submission) => {
  for await (const chunk of submission.content) expect(chunk.length).toBeGreaterThan(0);
  return submission.message();
};

const whole = 'Date: x\r\nMessage-ID: <a@b>\r\nFrom: a\r\n\r\n.\r\n';

test('acceptMessage(): the record is complete when the content was read, and logged before it is stored', async () => {
  let linesAtMessage = 0;
  const events: LogEvent[] = [];
  const reply = await acceptMessage(
    incoming(whole),
    async (submission) => {
      expect(() => submission.message()).toThrow('not read to its end');
      const message = await readAll(submission);
      linesAtMessage = events.length;
      const size = 'Received: us\r\n'.length + whole.length - 3;
      expect(message).toMatchObject({ queueId: 'Q1', arrivedAt: 5, size, messageId: '<a@b>' });
      return message;
    },
    (event) => events.push(event),
  );
  expect(reply).toBe('250 2.0.0 Ok: queued as Q1');
  expect(linesAtMessage).toBe(1);
  expect(events.map(({ text }) => text)).toEqual(['Q1: message-id=<a@b>']);
});

test('acceptMessage(): a small message that is refused never reaches the queue', async () => {
  let asked = false;
  const { reply, events } = await run('a\nb\r\n.\r\n', async (submission) => {
    asked = true;
    return readAll(submission);
  });
  expect(reply).toBe('550 5.5.2 Error: bare <LF> received');
  expect(asked).toBe(false);
  expect(events).toEqual([]);
});

test('acceptMessage(): a refusal stands even if the queue throws something else, or nothing', async () => {
  for (const accept of [() => Promise.reject(new Error('other')), () => Promise.resolve({} as never)]) {
    const message = incoming(`${'x'.repeat(900)}\r\n`);
    const events: LogEvent[] = [];
    const taken = acceptMessage(message, accept, (event) => events.push(event));
    message.content.feed(Buffer.from(`${'x'.repeat(900)}\r\n.\r\n`));
    expect(await taken).toBe('552 5.3.4 Error: message file too big');
    expect(events).toEqual([]);
  }
});

test('acceptMessage(): nobody is told when the client is gone', async () => {
  const message = incoming('Subject: x\r\n');
  const taken = acceptMessage(message, readAll, () => undefined);
  message.content.abort('lost connection');
  expect(await taken).toBeUndefined();
});

test.each([
  [
    Object.assign(new Error('gone'), { code: 'QUEUE_UNAVAILABLE' }),
    '451 4.3.0 Error: queue file write error',
    'warning',
  ],
  [
    Object.assign(new Error('full'), { code: 'QUEUE_FULL' }),
    '452 4.3.1 Insufficient system storage',
    'warning',
  ],
  [Object.assign(new Error('odd'), { code: 5 }), '451 4.3.0 Error: internal error', 'error'],
  ['a string', '451 4.3.0 Error: internal error', 'error'],
  [undefined, '451 4.3.0 Error: internal error', 'error'],
])('acceptMessage(): %s is answered %s', async (error, expected, severity) => {
  const { reply, events } = await run(whole, () => Promise.reject(error));
  expect(reply).toBe(expected);
  expect(events).toMatchObject([{ severity }]);
});

test('acceptMessage(): what the queue does not read is let through', async () => {
  const message = incoming(whole);
  await acceptMessage(
    message,
    () => Promise.reject(new Error('no')),
    () => undefined,
  );
  let hasRoom = false;
  message.content.chunks.push(Buffer.alloc(200_000));
  message.content.chunks.whenRoom(() => {
    hasRoom = true;
  });
  expect(hasRoom).toBe(true);
});
