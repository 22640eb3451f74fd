import { expect, test } from 'vitest';
import { MailboxLines } from './mailbox-lines.ts';

function read(text: string, pieceLength: number): { renamed: string; rest: string } {
  const lines = new MailboxLines();
  let renamed = '';
  let rest = '';
  for (let at = 0; at < text.length; at += pieceLength) {
    const found = lines.push(Buffer.from(text.slice(at, at + pieceLength)));
    renamed += found.lines.join('');
    rest += found.rest.toString();
  }
  return { renamed, rest: rest + lines.finish().toString() };
}

test.each([1, 3, 100])('MailboxLines: those in front are renamed, in pieces of %i octets', (pieceLength) => {
  expect(read('From a\r\n>From b\r\nSubject: x\r\nFrom c\r\n', pieceLength)).toEqual({
    renamed: 'X-Mailbox-Line: From a\r\nX-Mailbox-Line: >From b\r\n',
    rest: 'Subject: x\r\nFrom c\r\n',
  });
  for (const text of ['', 'F', 'From', 'From: x\r\n', '>From: x', '>>', ' From a', 'from a']) {
    expect(read(text, pieceLength)).toEqual({ renamed: '', rest: text });
  }
});

test('MailboxLines: no more is kept than a line has', () => {
  const lines = new MailboxLines();
  expect(lines.push(Buffer.from('>'.repeat(998))).rest.length).toBe(0);
  expect(lines.push(Buffer.from('>'.repeat(10))).rest.length).toBe(1008);
  expect(lines.push(Buffer.from('From a')).lines).toEqual([]);
});
