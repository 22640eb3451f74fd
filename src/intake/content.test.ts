import { expect, test } from 'vitest';
import { ownHeader, wideLimits } from '../../test/support/content-kit.ts';
import { wideShare } from '../../test/support/wide-share.ts';
import { createMemoryBudget, MemoryShare } from '../core/memory-budget.ts';
import { Content } from './content.ts';
import { ContentRefused } from './content-refused.ts';

const limits = { ...wideLimits, hopcountLimit: 3, headerLimitBytes: 200_000 };

async function read(content: Content): Promise<string> {
  await content.begun;
  let text = '';
  for await (const chunk of content.chunks) text += chunk.toString();
  return text;
}

test('Content: a small message is one chunk, and then known', async () => {
  const content = new Content(ownHeader, limits, wideShare());
  const rest = content.feed(
    Buffer.from('Date: x\r\nMessage-ID: <a@b>\r\nFrom: a\r\n\r\n..body\r\n.\r\nQUIT\r\n'),
  );
  expect(rest?.toString()).toBe('QUIT\r\n');
  const text = 'Received: us\r\nDate: x\r\nMessage-ID: <a@b>\r\nFrom: a\r\n\r\n.body\r\n';
  expect(await content.chunks[Symbol.asyncIterator]().next()).toEqual({
    done: false,
    value: Buffer.from(text),
  });
  expect(content.summary).toEqual({ size: text.length, messageId: '<a@b>', tlsRequired: 'nothing' });
  expect(content.receivedBytes).toBe(text.length - ownHeader.received.length);
});

test('Content: nothing begins before there is a whole chunk', async () => {
  const content = new Content(ownHeader, limits, wideShare());
  let begun = false;
  void content.begun.then(() => {
    begun = true;
  });
  content.feed(Buffer.from('Subject: x\r\n\r\n'));
  await new Promise(setImmediate);
  expect(begun).toBe(false);
  content.feed(Buffer.alloc(70_000, 'x'));
  await new Promise(setImmediate);
  expect(begun).toBe(true);
});

test.each([
  ['a bare LF', 'a\nb\r\n.\r\n', '550 5.5.2 Error: bare <LF> received'],
  ['a bare CR', 'a\rb\r\n.\r\n', '550 5.5.2 Error: bare <CR> received'],
  ['NUL', 'a\0b\r\n.\r\n', '550 5.6.0 Error: NUL octet received'],
  ['a lone dot', 'a\n.\r\n.\r\n', '550 5.5.2 Error: bare <LF> received'],
  ['a loop', 'Received: a\r\nReceived: b\r\nReceived: c\r\n\r\n.\r\n', '554 5.4.0 Error: too many hops'],
  ['too much', `${'a'.repeat(1_000_000)}\r\n.\r\n`, '552 5.3.4 Error: message file too big'],
])('Content: %s is refused, its end still found', async (_, data, reply) => {
  const content = new Content(ownHeader, limits, wideShare());
  expect(content.feed(Buffer.from(data))?.length).toBe(0);
  const error = await read(content).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ContentRefused);
  expect(error).toMatchObject({ code: 'CONTENT_REFUSED', reply });
});

test('Content: lines of a trusted client may end with LF, and what they had is noted', async () => {
  const content = new Content(ownHeader, { ...limits, bareNewline: 'normalize' }, wideShare());
  content.feed(Buffer.from('Date: x\nMessage-ID: <a@b>\nFrom: a\n\na\rb\n'));
  content.feed(Buffer.from('c\r\n.\r\n'));
  expect(await read(content)).toBe(
    'Received: us\r\nDate: x\r\nMessage-ID: <a@b>\r\nFrom: a\r\n\r\na b\r\nc\r\n',
  );
  expect([...content.notes]).toEqual(['bare LF', 'bare CR']);
});

test('Content: the limits themselves are allowed', async () => {
  const content = new Content(ownHeader, limits, wideShare());
  content.feed(Buffer.from(`Received: a\r\nReceived: b\r\n\r\n${'a'.repeat(1_000_000 - 30)}\r\n.\r\n`));
  expect(content.receivedBytes).toBe(1_000_000);
  expect(await read(content)).toContain('Received: us');
});

test('Content: a message that goes bad later stops its reader', async () => {
  const content = new Content(ownHeader, limits, wideShare());
  content.feed(Buffer.alloc(70_000, 'x'));
  const reader = content.chunks[Symbol.asyncIterator]();
  expect((await reader.next()).done).toBe(false);
  const next = reader.next();
  content.feed(Buffer.from('\n.\n'));
  await expect(next).rejects.toBeInstanceOf(ContentRefused);
  expect(content.feed(Buffer.from('\r\n.\r\n'))).toBeDefined();
});

test('Content: abort() leaves no reply', async () => {
  const content = new Content(ownHeader, limits, wideShare());
  content.feed(Buffer.alloc(70_000, 'x'));
  content.abort('lost connection');
  await expect(read(content)).rejects.toMatchObject({ message: 'lost connection', reply: undefined });
});

test('Content: memory is counted as it is received, up to what is ever held, and refused beyond the budget', () => {
  const memory = createMemoryBudget(600_000);
  const large = new Content(
    ownHeader,
    { ...limits, messageSizeLimitBytes: 10_000_000 },
    new MemoryShare(memory),
  );
  large.begun.catch(() => undefined);
  large.feed(Buffer.from('Subject: x\r\n\r\n'));
  expect(memory.usedBytes()).toBe(16 * 1024);
  for (let piece = 0; piece < 50; piece += 1) large.feed(Buffer.alloc(60_000, 'x'));
  expect(large.refusal).toBeUndefined();
  expect(memory.usedBytes()).toBe(448 * 1024);
  const other = new Content(ownHeader, limits, new MemoryShare(memory));
  other.begun.catch(() => undefined);
  other.feed(Buffer.alloc(100_000, 'x'));
  expect(other.refusal).toBeUndefined();
  other.feed(Buffer.alloc(100_000, 'x'));
  expect(other.refusal?.reply).toBe('452 4.3.1 Insufficient system storage');
});
