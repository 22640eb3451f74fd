import { describe, expect, test } from 'vitest';
import { completedHeader, displayName, recipientsOf, withoutDropped } from './header.ts';
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

describe('a header is completed', () => {
  const facts = {
    sender: 'root@x.test',
    fullName: 'Charlie Root',
    origin: 'x.test',
    date: 'DATE',
    messageId: '<1@x.test>',
  };
  test.each<[string, string, Partial<typeof facts>, string]>([
    ['with a From', 'To: a@y\n', {}, 'To: a@y\nFrom: Charlie Root <root@x.test>\n'],
    ['without a name', 'To: a@y\n', { fullName: '' }, 'To: a@y\nFrom: root@x.test\n'],
    ['of the null sender', 'To: a@y\n', { sender: '' }, 'To: a@y\nFrom: MAILER-DAEMON@x.test\n'],
    ['not where there is one', 'From: f@y\n', {}, 'From: f@y\n'],
    [
      'cron',
      'From: root (Cron Daemon)\nTo: root\n',
      {},
      'From: root@x.test (Cron Daemon)\nTo: root@x.test\n',
    ],
    [
      'of what is sent again',
      'From: f@y\nResent-To: a@y\n',
      {},
      'From: f@y\nResent-To: a@y\nResent-From: Charlie Root <root@x.test>\nResent-Date: DATE\nResent-Message-Id: <1@x.test>\n',
    ],
    [
      'of what is sent again, as far as it is missing',
      'Resent-From: f@y\nResent-Date: d\nResent-Message-ID: <m>\n',
      {},
      'Resent-From: f@y\nResent-Date: d\nResent-Message-ID: <m>\n',
    ],
    [
      'addresses without a domain',
      'From: f@y\nTo: a, B <b>, g: "c d", e@y;\nCc: "a@b"\nReply-To: r\nSubject: a, b\n',
      {},
      'From: f@y\nTo: a@x.test, B <b@x.test>, g: "c d"@x.test, e@y;\nCc: "a@b"@x.test\nReply-To: r@x.test\nSubject: a, b\n',
    ],
    ['not without an origin', 'From: root\n', { origin: '' }, 'From: root\n'],
    ['folded', 'From: f@y\nTo: a,\n\tb\n', {}, 'From: f@y\nTo: a@x.test,\n\tb@x.test\n'],
  ])('%s', (_, text, more, expected) => {
    const header = completedHeader(parts(`${text}\n`).fields, { ...facts, ...more });
    expect(header.replaceAll('\r\n', '\n')).toBe(expected);
  });
});

test.each([
  ['Charlie Root', 'Charlie Root'],
  ["O'Neil-X 2", "O'Neil-X 2"],
  ['Root, C. (x)', '"Root, C. (x)"'],
  ['say "x" \\', '"say \\"x\\" \\\\"'],
  ['a\nb\r\nBcc: c@x', '"a b  Bcc: c@x"'],
  ['Jörg', '=?utf-8?B?SsO2cmc=?='],
  ['', ''],
])('the full name %j is shown as %j', (name, expected) => {
  expect(displayName(name)).toBe(expected);
});

test('a long full name becomes several encoded words', () => {
  const words = displayName('ä'.repeat(60)).split(' ');
  expect(words.every((word) => word.length <= 75)).toBe(true);
  const text = words.map((word) => Buffer.from(word.slice(10, -2), 'base64').toString()).join('');
  expect(text).toBe('ä'.repeat(60));
});
