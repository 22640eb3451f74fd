import { describe, expect, test } from 'vitest';
import { HeaderScan, type HeaderProgress } from './header-scan.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text, 'latin1');

/** Feeds a text in pieces the way the contract asks and tells where the header ended in all of it. */
function scan(
  text: string,
  pieceLength = text.length,
): { scan: HeaderScan; end: HeaderProgress; longestRest: number } {
  const scan = new HeaderScan(new Set(['date', 'from']));
  let rest = Buffer.alloc(0);
  let before = 0;
  let longestRest = 0;
  for (let at = 0; at < text.length; at += pieceLength) {
    rest = Buffer.concat([rest, bytes(text.slice(at, at + pieceLength))]);
    const progress = scan.push(rest);
    if (progress.kind === 'end')
      return { scan, longestRest, end: { ...progress, length: before + progress.length } };
    before += progress.length;
    rest = rest.subarray(progress.length);
    longestRest = Math.max(longestRest, rest.length);
  }
  return { scan, longestRest, end: { kind: 'header', length: before } };
}

const header =
  'Received: from a\r\n\tby b; date\r\nRECEIVED: from c\r\nX-Received: no\r\nDate: today\r\nFrom: me\r\nMessage-Id:\r\n <1@a.example>\r\n';

describe('HeaderScan', () => {
  test.each([1, 2, 3, 7, 1000])('reads the same in pieces of %i octets', (pieceLength) => {
    const result = scan(`${header}\r\nReceived: in the body\r\nDate: x\r\n`, pieceLength);
    expect(result.end).toEqual({ kind: 'end', length: header.length, blankLine: true });
    expect(result.scan).toMatchObject({ received: 2, hasMessageId: true });
    expect([...result.scan.seen]).toEqual(['date', 'from']);
    expect(result.scan.messageId).toBe('<1@a.example>');
  });

  test.each([
    ['no fields at all', 'hello\r\n', 0, false],
    ['a blank line only', '\r\n', 0, true],
    ['a folded first line', ' Subject: x\r\n', 0, false],
    ['a line that is no field', 'Subject: x\r\nhello there: no\r\n\r\n', 12, false],
    ['an mbox line', 'From me Sat Nov 21 12:00:00\r\n', 0, false],
    ['a name with 8 bits', 'S\xFCbject: x\r\n', 0, false],
    ['a line that begins with a colon', ': x\r\n', 0, false],
    ['a name of 999 octets', `${'x'.repeat(999)}: y\r\n`, 0, false],
    ['blanks after a name without end', `Subject${' '.repeat(999)}: y\r\n`, 0, false],
  ])('ends at %s', (_, text, length, blankLine) => {
    for (const pieceLength of [1, text.length]) {
      expect(scan(text, pieceLength).end).toEqual({ kind: 'end', length, blankLine });
    }
  });

  test('a header without a body has not ended', () => {
    expect(scan('Subject: x\r\n').end).toEqual({ kind: 'header', length: 12 });
    expect(scan('').end).toEqual({ kind: 'header', length: 0 });
  });

  test('a blank before the colon is allowed (RFC 5322 §4.5)', () => {
    expect(scan('Date \t: today\r\n').scan.seen).toContain('date');
  });

  test('fields that are missing are missed', () => {
    const { scan: result } = scan('Resent-Date: x\r\nResent-Message-ID: <x>\r\n\r\n');
    expect(result).toMatchObject({ received: 0, hasMessageId: false });
    expect(result.seen.size).toBe(0);
    expect(result.messageId).toBe('');
  });

  test.each([
    ['the msg-id alone', ' (comment) <a@b> trailing', '<a@b>'],
    ['the field body if there is no msg-id', ' a@b ', 'a@b'],
    ['nothing that could break a log line', ' <a\x1B\xFC b@c>', '<a???b@c>'],
    ['a msg-id folded inside', ' <a@\r\n b>', '<a@?b>'],
    ['nothing of an empty field', '', ''],
  ])('messageId is %s', (_, body, expected) => {
    expect(scan(`Message-ID:${body}\r\n\r\n`).scan.messageId).toBe(expected);
  });

  test('the first Message-ID counts', () => {
    expect(scan('Message-ID: <1>\r\nMessage-ID: <2>\r\n\r\n').scan.messageId).toBe('<1>');
  });

  test('a Message-ID without end is cut, an endless name is not waited for', () => {
    const long = scan(`Message-ID: ${'x'.repeat(100_000)}\r\nDate: x\r\n\r\n`, 4096);
    expect(long.scan.messageId.length).toBe(997);
    expect(long.scan.seen).toContain('date');
    expect(scan('x'.repeat(100_000), 10).longestRest).toBeLessThanOrEqual(998);
  });
});

test('HeaderScan: a field comes in pieces that are whole lines, and parts of lines that are long', () => {
  const fields = new HeaderScan(new Set());
  const taken: string[] = [];
  const first = 'To : a,\r\n b\r\nSubject: long';
  fields.push(Buffer.from(first), (name, begins, start, end) =>
    taken.push(`${name}${begins ? '!' : ''} ${JSON.stringify(first.slice(start, end))}`),
  );
  const second = 'er\r\n\r\nbody';
  fields.push(Buffer.from(second), (name, _, start, end) =>
    taken.push(`${name} ${second.slice(start, end)}`),
  );
  expect(taken).toEqual([
    'to! "To : a,\\r\\n"',
    'to " b\\r\\n"',
    'subject! "Subject: long"',
    'subject er\r\n',
  ]);
});
