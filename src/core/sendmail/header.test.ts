import { describe, expect, test } from 'vitest';
import { recipientsOf, withoutDropped } from './header.ts';
import { HeaderReader, type HeaderField, type HeaderReading } from './header-reader.ts';

function read(text: string, pieceBytes = 7, limitBytes = 10_000): HeaderReading {
  const reader = new HeaderReader(limitBytes);
  const octets = Buffer.from(text.replaceAll('\n', '\r\n'));
  for (let at = 0; at < octets.length; at += pieceBytes) {
    const reading = reader.push(octets.subarray(at, at + pieceBytes));
    if (reading.kind === 'more') continue;
    if (reading.kind === 'too big') return reading;
    return { ...reading, rest: Buffer.concat([reading.rest, octets.subarray(at + pieceBytes)]) };
  }
  return reader.finish();
}

function parts(text: string): { readonly fields: readonly HeaderField[]; readonly rest: string } {
  const reading = read(text);
  if (reading.kind !== 'end') throw new Error(reading.kind);
  return { fields: reading.fields, rest: reading.rest.toString().replaceAll('\r\n', '\n') };
}

const shown = (fields: readonly HeaderField[]): string =>
  fields.map(({ text }) => text.replaceAll('\r\n', '\n')).join('');

describe('the header of a message', () => {
  test.each<[string, string, string, string]>([
    ['fields and body', 'To: a@x\nSubject: s\n\nbody\n', 'To: a@x\nSubject: s\n', '\nbody\n'],
    ['folded lines', 'To: a@x,\n\tb@x\n\nbody\n', 'To: a@x,\n\tb@x\n', '\nbody\n'],
    ['text without header', 'just text\nmore: text\n', '', 'just text\nmore: text\n'],
    ['a line that is no field', 'To: a@x\njust text\nmore: text\n', 'To: a@x\n', 'just text\nmore: text\n'],
    ['a mailbox separator', 'From root Mon Jan  1\n>From x Mon\nTo: a@x\n\n', 'To: a@x\n', '\n'],
    ['a separator that is text', 'To: a@x\nFrom root Mon\n', 'To: a@x\n', 'From root Mon\n'],
    ['no body', 'To: a@x\n', 'To: a@x\n', ''],
    ['a blank before the colon', 'To : a@x\n\n', 'To : a@x\n', '\n'],
    ['a folded first line', ' To: a@x\n\n', '', ' To: a@x\n\n'],
    ['nothing', '', '', ''],
  ])('%s', (_, text, header, rest) => {
    const found = parts(text);
    expect([shown(found.fields), found.rest]).toEqual([header, rest]);
  });

  test('it is kept up to a limit', () => {
    expect(read('To: a@x\n\nbody', 7, 10)).toMatchObject({ kind: 'too big' });
    expect(read(`To: ${'x'.repeat(100)}`, 7, 50)).toEqual({ kind: 'too big' });
  });
});

describe('recipients', () => {
  test.each<[string, string, readonly string[]]>([
    ['To, Cc and Bcc', 'To: a@x\nCc: b@x\nBcc: c@x\n', ['a@x', 'b@x', 'c@x']],
    ['several of a kind', 'To: a@x\nTO: b@x\n', ['a@x', 'b@x']],
    ['groups, names, comments, folded', 'To: g: a@x,\n "B, C" <b@x> (c);, d@x\n', ['a@x', 'b@x', 'd@x']],
    ['none of other fields', 'From: f@x\nReply-To: r@x\n', []],
    ['of Resent fields alone', 'To: a@x\nResent-To: b@x\nResent-Bcc: c@x\nCc: d@x\n', ['b@x', 'c@x']],
    ['Resent-From is no recipient', 'To: a@x\nResent-From: f@x\n', ['a@x']],
    ['other alphabets', 'To: jörg@exämple.org\n', ['jörg@exämple.org']],
  ])('%s', (_, text, expected) => {
    expect(recipientsOf(parts(`${text}\n`).fields)).toEqual(expected);
  });
});

test('fields that no recipient may see are gone, and those that others write', () => {
  const text =
    'Bcc: a@x\nTo: b@x\nReturn-Path: <c@x>\nresent-bcc: d@x,\n e@x\nContent-Length: 4\nSubject: s\n\n';
  expect(shown(withoutDropped(parts(text).fields))).toBe('To: b@x\nSubject: s\n');
});
