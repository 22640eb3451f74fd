import { describe, expect, test } from 'vitest';
import {
  decodeDroppedMail,
  dropName,
  encodeDroppedMail,
  EnvelopeTooLong,
  endMarkBytes,
  isDropName,
  readEndMark,
  type DroppedMail,
} from './dropped-mail.ts';

const mail: DroppedMail = {
  sender: 'root',
  fullName: 'Charlie Root',
  recipients: [
    { address: 'a@x', notify: ['FAILURE', 'DELAY'], orcpt: 'rfc822;b@x' },
    { address: 'jörg@exämple.org' },
  ],
  body: '8BITMIME',
  ret: 'HDRS',
  envid: 'id1',
  contentBytes: 12,
};

function decode(octets: Buffer, contentBytes = 12): DroppedMail | undefined {
  const bytes = readEndMark(octets.subarray(-endMarkBytes));
  if (bytes === undefined) return undefined;
  return decodeDroppedMail(
    octets.subarray(octets.length - endMarkBytes - bytes, -endMarkBytes),
    contentBytes,
  );
}

test('what is written is read', () => {
  expect(decode(encodeDroppedMail(mail))).toEqual(mail);
  const { sender, fullName, recipients, body, contentBytes } = mail;
  const least = { sender, fullName, recipients, body, contentBytes };
  expect(decode(encodeDroppedMail(least))).toEqual(least);
});

test('what an earlier relay would lose is marked as something that it does not read', () => {
  const endOf = (octets: Buffer): string => octets.subarray(-endMarkBytes).toString();
  expect(endOf(encodeDroppedMail(mail))).toMatch(/^dane-relay mail 1 \d{10}\n$/);
  const secret = { ...mail, requireTls: true } as const;
  expect(endOf(encodeDroppedMail(secret))).toMatch(/^dane-relay mail 2 \d{10}\n$/);
  expect(decode(encodeDroppedMail(secret))).toEqual(secret);
});

test('what lacks its end is not complete', () => {
  const octets = encodeDroppedMail(mail);
  for (let length = 0; length < octets.length; length += 1)
    expect(decode(octets.subarray(0, length))).toBeUndefined();
});

describe('what is not read', () => {
  const written = (more: object): Buffer => encodeDroppedMail({ ...mail, ...more });
  test.each<[string, object]>([
    ['another length of content', { contentBytes: 13 }],
    ['no recipients', { recipients: [] }],
    ['recipients that are none', { recipients: ['a@x'] }],
    ['addresses that are no texts', { recipients: [{ address: 1 }] }],
    ['a line break in a recipient', { recipients: [{ address: 'a@x>\r\nDATA' }] }],
    ['a line break in the sender', { sender: 'a\nb' }],
    ['no sender', { sender: undefined }],
    ['a name that is none', { fullName: {} }],
    ['a body of another kind', { body: 'BINARYMIME' }],
    ['a notify of another kind', { recipients: [{ address: 'a@x', notify: ['SOMETIMES'] }] }],
    ['a notify that is no list', { recipients: [{ address: 'a@x', notify: 'NEVER' }] }],
    ['an original recipient that is none', { recipients: [{ address: 'a@x', orcpt: {} }] }],
    ['a ret of another kind', { ret: 'SOME' }],
    ['an envelope id that is none', { envid: 1 }],
  ])('%s', (_, more) => {
    expect(decode(written(more))).toBeUndefined();
  });

  test.each(['', '[]', 'null', '1', '"x"', '{', '{}'])('JSON of another kind: %s', (json) => {
    expect(decodeDroppedMail(Buffer.from(json), 12)).toBeUndefined();
  });

  test('brackets within brackets, however many', () => {
    const text = JSON.stringify(mail);
    for (const deep of [
      '['.repeat(1_000_000),
      `${text.slice(0, -1)},"x":[[[[[]]]]]}`,
      '{"a":'.repeat(200_000),
    ])
      expect(decodeDroppedMail(Buffer.from(deep), mail.contentBytes)).toBeUndefined();
    const brackets = { ...mail, fullName: '[[[[[[{{{{{{"\\' };
    expect(decode(encodeDroppedMail(brackets))).toEqual(brackets);
  });

  test('an envelope that is longer than any, which is not written either', () => {
    const recipients = Array.from({ length: 60_000 }, (_, index) => ({ address: `user${index}@y.example` }));
    expect(() => encodeDroppedMail({ ...mail, recipients })).toThrow(EnvelopeTooLong);
    expect(readEndMark(Buffer.from('dane-relay mail 1 9999999999\n'))).toBeUndefined();
    expect(readEndMark(Buffer.from('dane-relay mail 3 0000000001\n'))).toBeUndefined();
  });
});

describe('names', () => {
  const dice = (seed: number): Uint8Array =>
    Uint8Array.from({ length: 100 }, (_, index) => (seed * 31 + index * 77) % 256);

  test('are those of the maildrop', () => {
    for (let seed = 0; seed < 100; seed += 1) expect(isDropName(dropName(dice(seed)))).toBe(true);
    expect(new Set([1, 2, 3].map((seed) => dropName(dice(seed)))).size).toBe(3);
  });

  test.each(['', 'x', '../../../../../etc/passwd', `${dropName(dice(1))}.open`, 'tmp'])(
    'others are not: %s',
    (name) => expect(isDropName(name)).toBe(false),
  );
});
