import { expect, test } from 'vitest';
import { bitString, der, objectIdentifier, sequence } from '../../../test/support/der-writer.ts';
import { countValues, extentAt, extentsIn } from './octet-walk.ts';

const whole = (octets: Uint8Array) => ({ start: 0, end: octets.length });

test.each([
  ['a value', Buffer.of(0x04, 2, 1, 2), { tag: 0x04, start: 2, end: 4 }],
  ['a longer length than need be', Buffer.of(0x04, 0x83, 0, 0, 2, 1, 2), { tag: 0x04, start: 5, end: 7 }],
  ['nothing within', Buffer.of(0x05, 0), { tag: 0x05, start: 2, end: 2 }],
  ['nothing at all', Buffer.alloc(0), undefined],
  ['a tag alone', Buffer.of(0x04), undefined],
  ['a value cut off', Buffer.of(0x04, 3, 1, 2), undefined],
  ['a length cut off', Buffer.of(0x04, 0x82, 1), undefined],
  ['a length beyond all', Buffer.of(0x04, 0x88, 1, 0, 0, 0, 0, 0, 0, 0), undefined],
  ['a length left open', Buffer.of(0x30, 0x80, 0, 0), undefined],
  ['a tag in two octets', Buffer.of(0x1f, 0x04, 1, 7), undefined],
])('extentAt(): %s', (_, octets, expected) => {
  expect(extentAt(octets, 0, octets.length)).toEqual(expected);
});

test('extentsIn(): all that fit in, or none', () => {
  const two = Buffer.concat([der(0x04, 'a'), der(0x05)]);
  expect(extentsIn(two, whole(two))?.map(({ tag }) => tag)).toEqual([0x04, 0x05]);
  expect(extentsIn(two, whole(two), 1)).toBe(undefined);
  expect(extentsIn(two, { start: 0, end: 4 })).toBe(undefined);
});

test('countValues(): those within values, and octets that are none by the shortest', () => {
  const nested = sequence(der(0x05), sequence(der(0x04, 'abc'), bitString(Buffer.alloc(3))));
  expect(countValues(nested, whole(nested))).toBe(5);
  const broken = sequence(der(0x05), Buffer.of(0x04, 9, 1, 2, 3));
  expect(countValues(broken, whole(broken))).toBe(2 + 3);
  let deep: Buffer = Buffer.of(0x30, 0);
  for (let depth = 0; depth < 5_000; depth += 1) deep = sequence(deep);
  expect(countValues(deep, whole(deep))).toBeGreaterThan(5_000);
});

test('countValues(): a long object identifier is dear, an ordinary one is not', () => {
  const usual = objectIdentifier('1.3.6.1.4.1.311.10.3.3');
  expect(countValues(usual, whole(usual))).toBeLessThan(1.2);
  const long = der(0x06, Buffer.alloc(570, 0x81), Buffer.of(1));
  expect(countValues(long, whole(long))).toBeGreaterThan(300);
});
