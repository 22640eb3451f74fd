import { expect, test } from 'vitest';
import { withoutOctets } from './without-octets.ts';

test.each([
  [[], 'abcdefghij'],
  [[{ from: 0, to: 0 }], 'abcdefghij'],
  [[{ from: 0, to: 3 }], 'defghij'],
  [
    [
      { from: 2, to: 4 },
      { from: 4, to: 7 },
    ],
    'abhij',
  ],
  [
    [
      { from: 0, to: 1 },
      { from: 9, to: 10 },
    ],
    'bcdefghi',
  ],
  [[{ from: 0, to: 10 }], ''],
])('withoutOctets(): %j are not in the text, whatever its pieces', async (cuts, expected) => {
  for (const bytes of [1, 2, 3, 4, 7, 10]) {
    const pieces: Buffer[] = [];
    for (let at = 0; at < 10; at += bytes) pieces.push(Buffer.from('abcdefghij'.slice(at, at + bytes)));
    const left: Uint8Array[] = [];
    for await (const piece of withoutOctets(pieces, cuts)) left.push(piece);
    expect(Buffer.concat(left).toString()).toBe(expected);
  }
});
