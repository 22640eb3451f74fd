import { describe, expect, test } from 'vitest';
import { makeDice } from '../../../test/support/dice.ts';
import { DotStuffer } from './dot-stuffing.ts';

function stuff(...chunks: string[]): string {
  const stuffer = new DotStuffer();
  const parts = chunks.map((chunk) => stuffer.stuff(Buffer.from(chunk, 'latin1')));
  return Buffer.concat([...parts, stuffer.end()]).toString('latin1');
}

/** What a server makes of it: RFC 5321 §4.5.2, with CRLF as the only line end. */
function receive(sent: string): string {
  const end = sent.startsWith('.\r\n') ? 0 : sent.indexOf('\r\n.\r\n') + 2;
  expect(sent.slice(end)).toBe('.\r\n');
  return sent.slice(0, end).replace(/(^|\r\n)\./g, '$1');
}

describe('DotStuffer', () => {
  test.each([
    ['nothing to double', 'a\r\nb.c\r\n', 'a\r\nb.c\r\n.\r\n'],
    ['a dot first', '.a\r\n', '..a\r\n.\r\n'],
    ['a dot alone', 'a\r\n.\r\nb\r\n', 'a\r\n..\r\nb\r\n.\r\n'],
    ['many dots', '.\r\n..\r\n...\r\n', '..\r\n...\r\n....\r\n.\r\n'],
    ['a dot after LF alone', 'a\n.\r\nb\r\n', 'a\n..\r\nb\r\n.\r\n'],
    ['no content', '', '.\r\n'],
    ['no final line end', 'a', 'a\r\n.\r\n'],
    ['LF alone at the end', 'a\n', 'a\n\r\n.\r\n'],
    ['CR alone at the end', 'a\r', 'a\r\r\n.\r\n'],
    ['LF alone as content', '\n', '\n\r\n.\r\n'],
    ['a dot alone at the end', 'a\r\n.', 'a\r\n..\r\n.\r\n'],
  ])('%s, in one piece and octet by octet', (_, content, sent) => {
    expect(stuff(content)).toBe(sent);
    expect(stuff(...content.split(''))).toBe(sent);
  });

  test('does not copy where there is nothing to double', () => {
    const stuffer = new DotStuffer();
    const chunk = Buffer.from('a\r\nb\r\n');
    expect(stuffer.stuff(chunk)).toBe(chunk);
    expect(stuffer.stuff(Buffer.from('.'))).toHaveLength(2);
  });

  test('comes to the same octets however random content is chunked, and a server gets the content back', () => {
    const dice = makeDice(7).below;
    const pieces = ['\r\n', '\r\n', '.', 'a', '..', ' '];
    for (let round = 0; round < 2000; round += 1) {
      let content = '';
      for (let length = dice(30); length > 0; length -= 1) content += pieces[dice(pieces.length)] ?? '';
      const whole = stuff(content);
      const cut = dice(content.length + 1);
      expect(stuff(...content.split(''))).toBe(whole);
      expect(stuff(content.slice(0, cut), content.slice(cut))).toBe(whole);
      const complete = content === '' || content.endsWith('\r\n') ? content : `${content}\r\n`;
      expect(receive(whole)).toBe(complete);
    }
  });
});
