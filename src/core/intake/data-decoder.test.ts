import { describe, expect, test } from 'vitest';
import { DataDecoder } from './data-decoder.ts';

/** Decodes a text in pieces of a length. */
function decode(input: string, pieceLength: number) {
  const decoder = new DataDecoder();
  let text = '';
  for (let at = 0; at < input.length; at += pieceLength) {
    const piece = decoder.decode(Buffer.from(input.slice(at, at + pieceLength), 'latin1'));
    text += piece.text.toString('latin1');
    if (piece.rest)
      return { text, rest: piece.rest.toString('latin1') + input.slice(at + pieceLength), decoder };
  }
  return { text, rest: undefined, decoder };
}

const end = '\r\n.\r\n';

describe.each([1, 2, 3, 5, 10_000])('DataDecoder in pieces of %i octets', (pieceLength) => {
  test.each([
    ['a message and the commands behind it', `a\r\nb${end}QUIT\r\n`, 'a\r\nb\r\n', 'QUIT\r\n'],
    ['an empty message', '.\r\nQUIT\r\n', '', 'QUIT\r\n'],
    ['a stuffed dot', `..a\r\n...\r\n. b${end}`, '.a\r\n..\r\n b\r\n', ''],
    ['a line that is one dot', `a\r\n..${end}`, 'a\r\n.\r\n', ''],
    ['dots inside lines', `a.\r\nb.c${end}`, 'a.\r\nb.c\r\n', ''],
    ['the end right after an empty line', `a\r\n${end}`, 'a\r\n\r\n', ''],
    ['8 bits and tabs', `\xFF\t\x01${end}`, '\xFF\t\x01\r\n', ''],
  ])('reads %s', (_, input, text, rest) => {
    const result = decode(input, pieceLength);
    expect(result).toMatchObject({ text, rest });
    expect(result.decoder.flaw).toBeUndefined();
    expect(result.decoder.sizeBytes).toBe(text.length);
  });

  test.each([
    ['LF.LF', 'a\n.\nMAIL', 'bare LF'],
    ['LF.CRLF', 'a\n.\r\nMAIL', 'bare LF'],
    ['CRLF.LF', 'a\r\n.\nMAIL', 'bare LF'],
    ['LF at the start', '\n.\r\nMAIL', 'bare LF'],
    ['CR.CR', 'a\r.\rMAIL', 'bare CR'],
    ['CR.CRLF', 'a\r.\r\nMAIL', 'bare CR'],
    ['CRLF.CR', 'a\r\n.\rMAIL', 'bare CR'],
    ['CRLF.CRCRLF', 'a\r\n.\r\r\nMAIL', 'bare CR'],
    ['CRCRLF.CRLF ends, but is flawed', 'a\r\r\n.\r\n', 'bare CR'],
    ['CR NUL', 'a\r\0\r\n', 'bare CR'],
    ['NUL', 'a\0\r\n', 'NUL'],
    ['LF after a stuffed dot', 'a\r\n..\nMAIL', 'bare LF'],
  ])('%s does not end a message, and is a flaw', (_, input, flaw) => {
    const result = decode(input, pieceLength);
    expect(result.decoder.flaw).toBe(flaw);
    if (!input.endsWith('\r\n.\r\n')) expect(result.rest).toBeUndefined();
    expect(decode(`${input}${end}QUIT`, pieceLength).rest).toBeDefined();
  });
});

test('DataDecoder: of stuffed dots no octet is moved more than once', () => {
  const decoder = new DataDecoder();
  const octets = Buffer.from('..abc\r\n'.repeat(16_384));
  let moved = 0;
  const copyWithin = octets.copyWithin.bind(octets);
  octets.copyWithin = (target, start, end = octets.length) => {
    moved += end - start;
    return copyWithin(target, start, end);
  };
  decoder.decode(octets);
  expect(decoder.sizeBytes).toBe(16_384 * 6);
  expect(moved).toBeGreaterThan(0);
  expect(moved).toBeLessThanOrEqual(octets.length);
});
