import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { SmtpLines, takeReply } from './smtp-lines.ts';

describe('takeReply', () => {
  test.each([
    ['220 mx ESMTP\r\n', { reply: { code: 220, lines: ['mx ESMTP'] }, rest: '' }],
    [
      '250-mx\r\n250-SIZE 1\r\n250 DSN\r\n220 x',
      { reply: { code: 250, lines: ['mx', 'SIZE 1', 'DSN'] }, rest: '220 x' },
    ],
    ['221\n', { reply: { code: 221, lines: [''] }, rest: '' }],
    ['250-mx\r\n', undefined],
    ['22', undefined],
    ['SSH-2.0-OpenSSH\r\n', 'no SMTP'],
    ['HTTP/1.1 400 Bad Request\r\n', 'no SMTP'],
  ])('%j', (text, expected) => {
    expect(takeReply(text)).toEqual(expected);
  });
});

describe('SmtpLines', () => {
  test('reads replies as they come in pieces', async () => {
    const stream = new PassThrough();
    const lines = new SmtpLines(stream, new AbortController().signal);
    const reply = lines.reply();
    stream.write('250-a\r\n2');
    stream.write('50 b\r\n220 next\r\n');
    expect([await reply, await lines.reply()]).toEqual([
      { code: 250, lines: ['a', 'b'] },
      { code: 220, lines: ['next'] },
    ]);
  });

  test.each<[string, (stream: PassThrough, stop: AbortController) => void, string]>([
    ['who says nothing', (_, stop) => stop.abort(), 'nothing came in time'],
    ['who hangs up', (stream) => void stream.destroy(), 'it hung up'],
    [
      'who never ends',
      (stream) => void stream.write('x'.repeat(20_000)),
      'it says more than a reply can have',
    ],
    ['who speaks another language', (stream) => void stream.write('hello\r\n'), 'what it says is no SMTP'],
  ])('gives up one %s', async (_, act, why) => {
    const stream = new PassThrough();
    const stop = new AbortController();
    const reply = new SmtpLines(stream, stop.signal).reply();
    act(stream, stop);
    await expect(reply).rejects.toThrow(why);
  });
});
