import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { ContentReader, headBytes, type Content } from './content-reader.ts';

/** Feeds the wire text in pieces of `step` bytes. */
function read(
  wire: string,
  step: number,
  keepBytes = 1 << 20,
): { content: Content; rest: string } | undefined {
  const reader = new ContentReader({ keepBytes, hash: true });
  const bytes = Buffer.from(wire, 'latin1');
  for (let at = 0; at < bytes.length; at += step) {
    const done = reader.push(bytes.subarray(at, at + step));
    if (done) return { content: done.content, rest: done.rest.toString() + wire.slice(at + step) };
  }
  return undefined;
}

test.each([
  ['an empty message', '.\r\n', ''],
  ['a message', 'Subject: x\r\n\r\nbody\r\n.\r\n', 'Subject: x\r\n\r\nbody\r\n'],
  ['dots at line starts', '..\r\n...a\r\n. b\r\n.\r\n', '.\r\n..a\r\n b\r\n'],
  ['a stuffed line just before the end', 'a\r\n..\r\n.\r\n', 'a\r\n.\r\n'],
  ['bare CR and LF, which end nothing', 'a\n.\nb\r.\rc\r\r\n.\r\n', 'a\n.\nb\r.\rc\r\r\n'],
])('push(): %s, cut anywhere', (_, wire, expected) => {
  for (let step = 1; step <= wire.length + 6; step++) {
    const done = read(`${wire}QUIT\r\n`, step);
    expect(done?.content.data.toString('latin1')).toBe(expected);
    expect(done?.rest).toBe('QUIT\r\n');
    expect(done?.content.sizeBytes).toBe(expected.length);
    expect(done?.content.sha256).toBe(createHash('sha256').update(expected, 'latin1').digest('hex'));
  }
});

test('push(): no final dot, no content', () => {
  expect(read('Subject: x\r\n\r\nbody\r\n', 3)).toBeUndefined();
});

test('push(): of a long message only the head is kept, size and digest are of the whole', () => {
  const body = `Subject: long\r\n\r\n${'x'.repeat(9000)}\r\n`;
  const done = read(`${body}.\r\n`, 1000, 8000);
  expect(done?.content.data.toString()).toBe(body.slice(0, headBytes));
  expect(done?.content.sizeBytes).toBe(body.length);
  expect(done?.content.sha256).toBe(createHash('sha256').update(body).digest('hex'));
});
