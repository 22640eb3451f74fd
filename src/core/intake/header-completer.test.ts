import { describe, expect, test } from 'vitest';
import { HeaderCompleter } from './header-completer.ts';

const own = { received: 'Received: us\r\n', date: 'now', messageId: '<new@relay.example>' };

function complete(message: string, pieceLength: number): { text: string; completer: HeaderCompleter } {
  const completer = new HeaderCompleter(own);
  const pieces: Buffer[] = [];
  for (let at = 0; at < message.length; at += pieceLength) {
    pieces.push(...completer.push(Buffer.from(message.slice(at, at + pieceLength))));
  }
  pieces.push(...completer.finish());
  return { text: Buffer.concat(pieces).toString(), completer };
}

describe.each([1, 4, 10_000])('HeaderCompleter in pieces of %i octets', (pieceLength) => {
  test.each([
    [
      'leaves a complete header alone',
      'Date: x\r\nMessage-ID: <a@b>\r\n\r\nbody\r\n',
      'Date: x\r\nMessage-ID: <a@b>\r\n\r\nbody\r\n',
      '<a@b>',
    ],
    [
      'adds both',
      'Subject: x\r\n\r\nDate: in body\r\n',
      'Subject: x\r\nMessage-ID: <new@relay.example>\r\nDate: now\r\n\r\nDate: in body\r\n',
      '<new@relay.example>',
    ],
    ['adds the date alone', 'Message-ID: <a@b>\r\n\r\n', 'Message-ID: <a@b>\r\nDate: now\r\n\r\n', '<a@b>'],
    [
      'adds the Message-ID alone',
      'Date: x\r\n\r\n',
      'Date: x\r\nMessage-ID: <new@relay.example>\r\n\r\n',
      '<new@relay.example>',
    ],
    [
      'divides a body from our fields',
      'hello\r\n',
      'Message-ID: <new@relay.example>\r\nDate: now\r\n\r\nhello\r\n',
      '<new@relay.example>',
    ],
    [
      'divides a body from their fields',
      'Date: x\r\nMessage-ID: <a@b>\r\nhello\r\n',
      'Date: x\r\nMessage-ID: <a@b>\r\n\r\nhello\r\n',
      '<a@b>',
    ],
    [
      'completes a header without body',
      'Subject: x\r\n',
      'Subject: x\r\nMessage-ID: <new@relay.example>\r\nDate: now\r\n',
      '<new@relay.example>',
    ],
    [
      'completes an empty message',
      '',
      'Message-ID: <new@relay.example>\r\nDate: now\r\n',
      '<new@relay.example>',
    ],
    [
      'logs an empty Message-ID as empty',
      'Date: x\r\nMessage-ID:\r\n\r\n',
      'Date: x\r\nMessage-ID:\r\n\r\n',
      '',
    ],
  ])('%s', (_, message, expected, messageId) => {
    const { text, completer } = complete(message, pieceLength);
    expect(text).toBe(`Received: us\r\n${expected}`);
    expect(completer.messageId).toBe(messageId);
  });
});

test('HeaderCompleter: hops do not count our own line', () => {
  expect(complete('Received: a\r\nReceived: b\r\n\r\nReceived: c\r\n', 5).completer.hops).toBe(2);
});
