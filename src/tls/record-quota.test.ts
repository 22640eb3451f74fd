import { expect, test } from 'vitest';
import { mostRecords, recordQuota } from './record-quota.ts';

const record = (octets: number): Buffer =>
  Buffer.concat([Buffer.from([23, 3, 3, octets >> 8, octets & 0xff]), Buffer.alloc(octets, 23)]);
const many = (count: number, octets: number): Buffer =>
  Buffer.concat(Array.from({ length: count }, () => record(octets)));

/** How many records pass, in pieces of so many octets. */
function passed(octetsInRecord: number, octetsInPiece: number): number {
  const quota = recordQuota();
  const size = 5 + octetsInRecord;
  const octets = many(mostRecords + 10, octetsInRecord);
  for (let at = 0; at < octets.length; at += octetsInPiece) {
    if (quota.refusal(octets.subarray(at, at + octetsInPiece)) !== undefined) {
      return Math.floor((at + octetsInPiece - 5) / size);
    }
  }
  return Infinity;
}

test.each([
  [0, 1],
  [0, 3],
  [22, 1],
  [22, 27],
  [300, 7],
])('of records of %i octets so many pass, in pieces of %i', (octets, piece) => {
  expect(passed(octets, piece)).toBe(mostRecords);
});

test('large ones count as little as small ones', () => {
  const quota = recordQuota();
  for (let nth = 0; nth < mostRecords; nth += 1) expect(quota.refusal(record(16_384))).toBeUndefined();
  expect(quota.refusal(record(0))).toBeInstanceOf(Error);
});

test('after a reply there may be as many again', () => {
  const quota = recordQuota();
  for (let round = 0; round < 3; round += 1) {
    expect(quota.refusal(many(mostRecords, 22))).toBeUndefined();
    quota.renew();
  }
  expect(quota.refusal(many(mostRecords, 22))).toBeUndefined();
  expect(quota.refusal(record(22))?.message).toBe('more than 1000 records of TLS and no reply');
});
