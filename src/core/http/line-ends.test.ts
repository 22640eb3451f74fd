import { expect, test } from 'vitest';
import { LineEnds } from './line-ends.ts';

test.each([
  ['a\r\nb\r\n', 'a\r\nb\r\n'],
  ['a\nb\n', 'a\r\nb\r\n'],
  ['a\n\n.\nb', 'a\r\n\r\n.\r\nb\r\n'],
  ['a\rb\r\n', 'a b\r\n'],
  ['a\r\r\nb\r', 'a \r\nb \r\n'],
  ['a\r', 'a \r\n'],
  ['\n', '\r\n'],
  ['', ''],
])('LineEnds: %j becomes %j, however it is cut', (given, wanted) => {
  for (const size of [1, 2, 3, 100]) {
    const ends = new LineEnds();
    const pieces: Buffer[] = [];
    for (let at = 0; at < given.length; at += size)
      pieces.push(ends.push(Buffer.from(given.slice(at, at + size))));
    pieces.push(ends.end());
    expect(Buffer.concat(pieces).toString()).toBe(wanted);
  }
});
