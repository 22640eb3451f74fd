import { expect, it } from 'vitest';
import { ControlSearch } from './control-search.ts';

/** As it is said, an octet at a time. */
function expected(octets: Buffer, from: number): number {
  const at = octets.subarray(from).findIndex((octet) => octet <= 13);
  return at === -1 ? octets.length : from + at;
}

it('finds each octet up to CR, wherever it is and however the octets lie in memory', () => {
  const memory = Buffer.alloc(64);
  for (let start = 0; start < 5; start += 1) {
    for (let length = 0; length < 20; length += 1) {
      for (let place = 0; place <= length; place += 1) {
        memory.fill(0x80);
        const octets = memory.subarray(start, start + length);
        if (place < length) octets[place] = 13;
        const search = new ControlSearch(octets);
        for (let from = 0; from <= length; from += 1) {
          expect(search.next(from)).toBe(expected(octets, from));
        }
      }
    }
  }
});

it.each([0, 1, 9, 10, 12, 13, 14, 32, 127, 128, 140, 141, 142, 255])('knows what %i is', (octet) => {
  for (const around of [0x0e, 0x20, 0x7f, 0x80, 0xff]) {
    for (let place = 0; place < 8; place += 1) {
      const octets = Buffer.alloc(8, around);
      octets[place] = octet;
      expect(new ControlSearch(octets).next(0)).toBe(octet <= 13 ? place : 8);
    }
  }
});
