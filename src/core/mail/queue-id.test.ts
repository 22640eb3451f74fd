import { expect, test } from 'vitest';
import { madeAt, queueId } from './queue-id.ts';

/** Reads an id back with arithmetic of its own. */
function read(id: string): { micros: number; sequence: number } {
  const letters = '0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz';
  const number = (text: string, base: number): number =>
    Array.from(text).reduce((sum, letter) => sum * base + letters.indexOf(letter), 0);
  const cut = id.lastIndexOf('z');
  return {
    micros: number(id.slice(0, cut - 4), 52) * 1e6 + number(id.slice(cut - 4, cut), 52),
    sequence: number(id.slice(cut + 1), 51),
  };
}

test.each([
  [1_763_762_400_123_456, 1],
  [1_763_762_400_000_000, 0],
  [1_763_762_400_999_999, 2_652],
  [Date.UTC(2100, 0, 1) * 1000 + 51, 9_007_199_254_740_991],
])('queueId(): %i and %i can be read back', (micros, sequence) => {
  const id = queueId(micros, sequence);
  expect(read(id)).toEqual({ micros, sequence });
  expect(madeAt(id)).toBeCloseTo(micros / 1000, 2);
  expect(id).toMatch(/^[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-z]{10}z[0-9B-DF-HJ-NP-TV-Zb-df-hj-np-tv-y]+$/);
});

test('queueId(): the id Postfix made for its time and inode', () => {
  expect(queueId(1_795_293_388_587_448, 2_320_009)).toBe('4jX3rr49F4zKSxM');
});

test('queueId(): later ids sort later', () => {
  const times = [1_763_762_400_000_000, 1_763_762_400_000_051, 1_763_762_400_000_052, 1_763_762_401_000_000];
  const ids = times.map((micros) => queueId(micros, 7));
  expect(ids.toSorted()).toEqual(ids);
});

test('queueId(): zero is a digit, not nothing', () => {
  expect(queueId(0, 0)).toBe('0000000000z0');
});

test.each(['', 'z', 'NOQUEUE', '1234z1', 'a!bcdefghijz1', '4F1AB2C3D4'])(
  'madeAt(): %j is no id of ours',
  (id) => {
    expect(madeAt(id)).toBeUndefined();
  },
);
