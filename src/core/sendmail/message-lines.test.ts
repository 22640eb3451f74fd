import { describe, expect, test } from 'vitest';
import { MessageLines } from './message-lines.ts';

/** In pieces of so many octets. */
function read(input: string, dotEnds: boolean, pieceBytes: number): string {
  const lines = new MessageLines(dotEnds);
  const octets = Buffer.from(input, 'latin1');
  const out: Buffer[] = [];
  for (let at = 0; at < octets.length; at += pieceBytes)
    out.push(lines.push(octets.subarray(at, at + pieceBytes)));
  out.push(lines.finish());
  return Buffer.concat(out).toString('latin1');
}

describe.each([1, 2, 3, 1000])('lines of a message, in pieces of %i', (pieceBytes) => {
  test.each<[string, boolean, string, string]>([
    ['LF', false, 'a\nb\n', 'a\r\nb\r\n'],
    ['CRLF', false, 'a\r\nb\r\n', 'a\r\nb\r\n'],
    ['both', false, 'a\r\nb\n\nc\n', 'a\r\nb\r\n\r\nc\r\n'],
    ['no last line end', false, 'a\nb', 'a\r\nb\r\n'],
    ['a CR at the end', false, 'a\r', 'a\r\n'],
    ['nothing', false, '', ''],
    ['a stray CR', false, 'a\rb\n', 'a b\r\n'],
    ['two CR before an LF', false, 'a\r\r\nb\n', 'a \r\nb\r\n'],
    ['a progress bar', false, '10%\r20%\r30%\r\n', '10% 20% 30%\r\n'],
    ['a NUL', false, 'a\0b\n', 'a b\r\n'],
    ['a lone dot is text', false, 'a\n.\nb\n', 'a\r\n.\r\nb\r\n'],
    ['a lone dot ends', true, 'a\n.\nb\n', 'a\r\n'],
    ['a lone dot with CRLF ends', true, 'a\r\n.\r\nb\r\n', 'a\r\n'],
    ['a lone dot at the very beginning', true, '.\nb\n', ''],
    ['a dot in a line', true, 'a.\n.b\n..\nc\n', 'a.\r\n.b\r\n..\r\nc\r\n'],
    ['a dot and a stray CR', true, '.\rb\n', '. b\r\n'],
    ['a CR and a dot', true, '\r.\nb\n', ' .\r\nb\r\n'],
    ['a lone dot without its line end', true, 'a\n.', 'a\r\n'],
    ['8 bits', false, '\xe4\n', '\xe4\r\n'],
  ])('%s', (_, dotEnds, input, expected) => {
    expect(read(input, dotEnds, pieceBytes)).toBe(expected);
  });
});

test('octets beyond ASCII are noticed', () => {
  const ascii = new MessageLines(false);
  ascii.push(Buffer.from('a\r\n'));
  const others = new MessageLines(false);
  others.push(Buffer.from('ä\r\n'));
  expect([ascii.has8Bit, others.has8Bit]).toEqual([false, true]);
});

test('nothing is read behind the end', () => {
  const lines = new MessageLines(true);
  lines.push(Buffer.from('a\n.\n'));
  expect([lines.isOver, lines.push(Buffer.from('b\n')).length]).toEqual([true, 0]);
});
