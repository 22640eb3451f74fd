import { describe, expect, it } from 'vitest';
import type { LeavingMessage } from './leaving.ts';
import { MboxContent, mboxHead } from './mbox.ts';

function written(content: string, ...cuts: readonly number[]): { text: string; isExact: boolean } {
  const mbox = new MboxContent();
  const octets = Buffer.from(content, 'latin1');
  const ends = [...cuts, octets.length];
  const pieces = ends.map((end, at) => mbox.write(octets.subarray(ends[at - 1] ?? 0, end)));
  const text = Buffer.concat([...pieces, mbox.end()]).toString('latin1');
  return { text, isExact: mbox.isExact };
}

/** As a reader of mboxrd does. */
function readAgain(text: string): string {
  return text
    .replace(/\n$/, '')
    .replaceAll(/^>(>*From )/gm, '$1')
    .replaceAll('\n', '\r\n');
}

const content = [
  'Subject: x',
  '',
  'From here',
  '>From there',
  '>>>From afar',
  'Fromage, Fro',
  ' From',
  '>',
  'From ',
  '',
  '\0\xff a\rb\r',
  `${'x'.repeat(5_000)} From y`,
  'Fro',
  '',
].join('\r\n');

describe('MboxContent', () => {
  it('ends lines with LF and quotes what would begin a message, and that can be undone', () => {
    const { text, isExact } = written(content);
    expect(text).toContain(
      '\n>From here\n>>From there\n>>>>From afar\nFromage, Fro\n From\n>\n>From \n\n\0\xff a\rb\r\n',
    );
    expect(readAgain(text)).toBe(content);
    expect(isExact).toBe(true);
    expect(text.endsWith('Fro\n\n')).toBe(true);
  });

  it('writes the same wherever the content is cut', () => {
    const whole = written(content);
    for (let at = 0; at < 140; at += 1) {
      expect(written(content, at)).toEqual(whole);
      expect(written(content, at, at + 1, at + 3)).toEqual(whole);
    }
  });

  it.each([
    ['a line end that is only LF', 'a\nb\r\n', 'a\nb\n\n'],
    ['an end without a line end', 'a\r\nb', 'a\nb\n\n'],
    ['a CR at the end', 'a\r', 'a\r\n\n'],
    ['the start of a word at the end', 'a\r\n>From', 'a\n>From\n\n'],
  ])('says that %s cannot be told again', (_, octets, text) => {
    expect(written(octets)).toEqual({ text, isExact: false });
  });

  it('has an empty line for an empty message', () => {
    expect(written('')).toEqual({ text: '\n', isExact: true });
  });
});

describe('mboxHead()', () => {
  const waits = { destination: 'b.test', attempts: 1 } as const;
  const message: LeavingMessage = {
    message: {
      queueId: '4x1',
      envelope: {
        sender: 'a@a.test',
        recipients: [],
        body: '8BITMIME',
        smtpUtf8: false,
        ret: 'HDRS',
        envid: 'Q=1',
      },
      arrivedAt: Date.UTC(2026, 10, 3, 6, 20, 1),
      size: 5,
      messageId: '',
    },
    recipients: [
      {
        ...waits,
        address: 'b@b.test',
        state: 'deferred',
        notify: ['SUCCESS', 'DELAY'],
        orcpt: 'rfc822;B@b.test',
      },
      { ...waits, address: 'c@b.test', state: 'hold' },
      { ...waits, address: 'd@b.test', state: 'held' },
      { ...waits, address: '"e e"@b.test', state: 'deferred' },
    ],
    forceExpired: false,
  };

  it('has the envelope in fields, by what is to be done, and the queue id last', () => {
    expect(mboxHead(message).split('\n')).toEqual([
      'From a@a.test Tue Nov  3 06:20:01 2026',
      'Return-Path: <a@a.test>',
      'X-Envelope-From: <a@a.test> BODY=8BITMIME RET=HDRS ENVID=Q+3D1',
      'X-Envelope-To: <b@b.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;B@b.test',
      'X-Envelope-Hold: <c@b.test> ORCPT=rfc822;c@b.test',
      'X-Envelope-Held: <d@b.test> ORCPT=rfc822;d@b.test',
      'X-Queue-Id: 4x1',
      '',
    ]);
  });

  it('calls nobody MAILER-DAEMON', () => {
    const { envelope } = message.message;
    const report = { ...message, message: { ...message.message, envelope: { ...envelope, sender: '' } } };
    expect(mboxHead(report)).toMatch(/^From MAILER-DAEMON Tue .*\nReturn-Path: <>\nX-Envelope-From: <> /);
  });
});
