import { describe, expect, test } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { readWholeData } from '../../../test/support/whole-data.ts';
import { DataDecoder } from './data-decoder.ts';
import type { BareNewline } from './line-flaw.ts';

/** Decodes a text in pieces of a length. */
function decode(input: string, pieceLength: number, bareNewline: BareNewline = 'reject') {
  const decoder = new DataDecoder(bareNewline);
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

describe.each([1, 2, 3, 5, 10_000])(
  'DataDecoder of a trusted client, in pieces of %i octets',
  (pieceLength) => {
    test.each([
      ['LF ends a line', `a\nb\n\nc${end}`, 'a\r\nb\r\n\r\nc\r\n', ['bare LF']],
      ['dots are unstuffed after LF too', `\n..x\n.y${end}`, '\r\n.x\r\ny\r\n', ['bare LF']],
      ['a stray CR becomes a blank', `a\rb\r\rc${end}`, 'a b  c\r\n', ['bare CR']],
      ['CRCRLF ends a line', `a\r${end}`, 'a \r\n', ['bare CR']],
      ['a NUL becomes a blank', `a\0b\0${end}`, 'a b \r\n', ['NUL']],
      ['a CR before a dot is text', `a\r.\rb${end}`, 'a . b\r\n', ['bare CR']],
      ['a dot, a CR and more is text', `a\r\n.\r\r\nb\r\n.\rc${end}`, 'a\r\n \r\nb\r\n c\r\n', ['bare CR']],
      ['a dot and a NUL is text', `a\r\n.\0${end}`, 'a\r\n \r\n', ['NUL']],
      ['all of them', `\0\r\n\n\r${end}`, ' \r\n\r\n \r\n', ['NUL', 'bare LF', 'bare CR']],
    ])('%s', (_, input, text, notes) => {
      const result = decode(`${input}QUIT`, pieceLength, 'normalize');
      expect(result).toMatchObject({ text, rest: 'QUIT' });
      expect(result.decoder.flaw).toBeUndefined();
      expect([...result.decoder.notes]).toEqual(notes);
      expect(result.decoder.sizeBytes).toBe(text.length);
    });

    test.each(['a\n.\nMAIL', 'a\n.\r\nMAIL', 'a\r\n.\nMAIL', '\n.\r\nMAIL', 'a\n.\n.\r\nMAIL', '.\n'])(
      'a lone dot beside a bare LF is neither the end nor accepted: %j',
      (input) => {
        expect(decode(input, pieceLength, 'normalize')).toMatchObject({ rest: undefined });
        const ended = decode(`${input}\r\n.\r\nQUIT`, pieceLength, 'normalize');
        expect(ended.rest).toBe('QUIT');
        expect(ended.decoder.flaw).toBe('ambiguous end');
      },
    );
  },
);

test('DataDecoder: whatever comes, however it is cut, it is what a reader of the whole makes of it', () => {
  const dice = makeDice(20_261_129);
  const octets = ['\r', '\n', '\r\n', '.', '\0', 'a', ' ', '\r\n.', '\xff\t', 'text that is longer'] as const;
  let ambiguous = 0;
  for (let round = 0; round < 3000; round += 1) {
    const input = dice.some(24, () => dice.pick(octets)).join('') + `b${end}QUIT`;
    const expected = readWholeData(input);
    if (expected.isAmbiguous) ambiguous += 1;
    const { text, rest, decoder } = decode(input, 1 + dice.below(9), 'normalize');
    expect(rest, JSON.stringify(input)).toBe(expected.rest);
    expect(decoder.flaw, JSON.stringify(input)).toBe(expected.isAmbiguous ? 'ambiguous end' : undefined);
    expect(text, JSON.stringify(input)).toBe(expected.text);
    // What comes out has no CR, LF or NUL but at the end of a line.
    expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n\0]/);
  }
  expect(ambiguous).toBeGreaterThan(100);
});

test('DataDecoder: of lines that end with LF no octet is written to new memory more than once', () => {
  const decoder = new DataDecoder('normalize');
  const octets = Buffer.from('abc\n'.repeat(16_384));
  const { text } = decoder.decode(octets);
  expect(text.toString()).toBe('abc\r\n'.repeat(16_384));
  // One octet of room is for a CR of the piece before, and none is for what does not come.
  expect(text.buffer.byteLength).toBeLessThanOrEqual(text.length + 3);
});

test('DataDecoder: of stuffed dots no octet is moved more than once', () => {
  const decoder = new DataDecoder('reject');
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
