import { describe, expect, it } from 'vitest';
import { messageIdOf, readReturned } from './returned.ts';

const message = Buffer.from('Subject: x\r\nTo: y\r\n\r\nbody\r\n');
const rules = { mayReturnAll: true, size: message.length, limitBytes: 50_000 };

describe('readReturned()', () => {
  it('returns a small message whole', async () => {
    expect(await readReturned([message], rules)).toMatchObject({ kind: 'message', bytes: message });
  });

  it.each([
    ['the sender asked for headers, RFC 3461 §4.3', { ...rules, ret: 'HDRS' }],
    ['it is no failure, RFC 3461 §4.3', { ...rules, mayReturnAll: false }],
    ['it is larger than the limit', { ...rules, size: 50_001 }],
  ] as const)('returns the headers alone when %s', async (_, changed) => {
    const returned = await readReturned([message], changed);
    expect(returned.kind).toBe('headers');
    expect(returned.bytes.toString()).toBe('Subject: x\r\nTo: y\r\n');
  });

  it('returns whole lines of a header alone, and nothing where there is none', async () => {
    const long = 'x'.repeat(70_000);
    const headers = { ...rules, mayReturnAll: false };
    for (const [content, expected] of [
      [`Subject: x\r\nTo: ${long}\r\n\r\n`, 'Subject: x\r\n'],
      [`Subject: ${long}\r\n\r\n`, ''],
      ['no line end', ''],
    ] as const)
      expect((await readReturned([Buffer.from(content)], headers)).bytes.toString()).toBe(expected);
  });

  it('stops reading a large message after its header', async () => {
    let pieces = 0;
    async function* endless(): AsyncGenerator<Buffer> {
      for (;;) {
        pieces += 1;
        yield pieces === 1 ? message : Buffer.alloc(30_000, 'x');
      }
    }
    const returned = await readReturned(endless(), { mayReturnAll: true, size: 1e9, limitBytes: 50_000 });
    expect(returned.bytes.toString()).toBe('Subject: x\r\nTo: y\r\n');
    expect(pieces).toBeLessThan(5);
  });
});

it.each([
  ['Subject: x\r\nMessage-ID: <a@b>\r\n', '<a@b>'],
  ['message-id:<a@b> (c)\r\n', '<a@b>'],
  ['Subject: Message-ID: <a@b>\r\n', ''],
  ['Message-ID: a@b\r\n', ''],
  ['', ''],
])('messageIdOf(): %j is %j', (header, messageId) => {
  expect(messageIdOf({ header: Buffer.from(header) })).toBe(messageId);
});
