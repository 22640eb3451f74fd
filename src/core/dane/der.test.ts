import { describe, expect, test } from 'vitest';
import {
  der,
  integer,
  namedBits,
  objectIdentifier,
  sequence,
  time,
} from '../../../test/support/der-writer.ts';
import {
  DerValue,
  derTags,
  fewMembersOf,
  membersOf,
  readBits,
  readBoolean,
  readObjectIdentifier,
  readTime,
  readUnsigned,
  readValue,
  readValues,
} from './der.ts';

const bytes = (hex: string): Uint8Array => Buffer.from(hex, 'hex');

describe('readValue()', () => {
  test.each([
    ['short length', '020105', '05'],
    ['empty content', '0200', ''],
    ['long length', `028180${'00'.repeat(128)}`, '00'.repeat(128)],
  ])('reads a %s', (_, hex, content) => {
    expect(readValue(bytes(hex), derTags.integer)?.content).toEqual(bytes(content));
  });

  test.each([
    ['nothing', ''],
    ['a tag alone', '02'],
    ['another tag', '040105'],
    ['too few octets', '020205'],
    ['an octet too many', '02010505'],
    ['an indefinite length', '02800500'],
    ['an indefinite length before enough octets', `0280${'00'.repeat(128)}`],
    ['a length of five octets that is not long', `0285${'01'.repeat(400)}`],
    ['a length in more octets than it needs', '02810105'],
    ['a length with a leading zero', `02820080${'00'.repeat(128)}`],
    ['a length cut off', '0282'],
    ['a length of five octets', '0285000000000105'],
    ['a length beyond all data', '0284ffffffff05'],
    ['a tag number above 30', '1f020105'],
  ])('refuses %s', (_, hex) => {
    expect(readValue(bytes(hex), derTags.integer)).toBeUndefined();
  });
});

test('a value has its octets, in parts and as text', () => {
  const [, value] = readValues(bytes('0500040341e9ff')) ?? [];
  expect(value?.content).toEqual(bytes('41e9ff'));
  expect(value?.encoding).toEqual(bytes('040341e9ff'));
  expect(value?.size).toBe(5);
  expect(value?.latin1()).toBe('A\u00e9\u00ff');
  expect(readValue(bytes('0400'), derTags.octetString)?.latin1()).toBe('');
  // What was read of a part of a buffer is a part of it.
  const inner = readValue(value?.encoding ?? bytes(''), derTags.octetString);
  expect(inner?.latin1()).toBe('A\u00e9\u00ff');
});

test('readValues(): all or nothing', () => {
  expect(readValues(bytes(''))).toEqual([]);
  expect(readValues(bytes('02010504020607'))?.map(({ tag }) => tag)).toEqual([2, 4]);
  expect(readValues(bytes('020105040206'))).toBeUndefined();
});

test('readValues(), fewMembersOf(): no more than so many', () => {
  const three = Buffer.concat([integer(1), integer(2), integer(3)]);
  expect(readValues(three, 3)).toHaveLength(3);
  expect(readValues(three, 2)).toBeUndefined();
  expect(fewMembersOf(readValue(sequence(three), derTags.sequence), 3)).toHaveLength(3);
  expect(fewMembersOf(readValue(sequence(three), derTags.sequence), 2)).toBeUndefined();
  expect(fewMembersOf(readValue(integer(1), derTags.integer), 3)).toBeUndefined();
});

test('membersOf(): only of a value with the tag', () => {
  const value = readValue(sequence(integer(1), integer(2)), derTags.sequence);
  expect(membersOf(value)).toHaveLength(2);
  expect(membersOf(value, derTags.set)).toBeUndefined();
  expect(membersOf(undefined)).toBeUndefined();
});

describe('readObjectIdentifier()', () => {
  const read = (encoding: Uint8Array): string | undefined =>
    readObjectIdentifier(readValue(encoding, derTags.objectIdentifier));

  test.each(['2.5.29.17', '1.3.6.1.5.5.7.3.1', '1.2.840.113549.1.1.11', '0.9.2342.19200300.100.1.25'])(
    'reads %s',
    (text) => {
      expect(read(objectIdentifier(text))).toBe(text);
    },
  );

  test.each([
    ['arcs above 39 below 2', '0603883703', '2.999.3'],
    ['an arc of three octets', '060455818000', '2.5.16384'],
    ['an arc that ends with 0', '0603558100', '2.5.128'],
    ['an arc cut off after 0', '0603558180', undefined],
    ['another type', '020155', undefined],
    ['an empty one', '0600', undefined],
    ['an arc cut off', '06025587', undefined],
    ['an arc with leading zeros', '0603558001', undefined],
    ['an arc too large to be exact', `060a55${'ff'.repeat(8)}7f`, undefined],
  ])('%s', (_, hex, text) => {
    expect(read(bytes(hex))).toBe(text);
  });
});

test.each([
  ['010100', false],
  ['0101ff', true],
  ['010101', true],
  ['0100', undefined],
  ['01020000', undefined],
  ['020100', undefined],
])('readBoolean(): %s is %s', (hex, value) => {
  const [read] = readValues(bytes(hex)) ?? [];
  expect(read && readBoolean(read)).toBe(value);
});

test.each([
  ['020100', 0],
  ['02017f', 127],
  ['02020080', 128],
  ['0201ff', undefined],
  ['020180', undefined],
  ['0200', undefined],
  ['040105', undefined],
  [`021400${'ff'.repeat(19)}`, Number.MAX_SAFE_INTEGER],
])('readUnsigned(): %s is %s', (hex, value) => {
  const [read] = readValues(bytes(hex)) ?? [];
  expect(read && readUnsigned(read)).toBe(value);
});

test.each([
  ['0x03 0x02 0x05 0xa0', '030205a0', [0, 2]],
  ['no bits', '030100', []],
  ['nine bits', namedBits([5, 8]).toString('hex'), [5, 8]],
  ['more than sixteen bits', '030400040001', [5]],
  ['no count of unused bits', '0300', undefined],
  ['another type', '040205a0', undefined],
  ['eight unused bits', '030208a0', undefined],
  ['unused bits of nothing', '030101', undefined],
] as const)('readBits(): %s', (_, hex, bits) => {
  const [read] = readValues(bytes(hex)) ?? [];
  expect(read && readBits(read)).toEqual(bits);
});

describe('readTime()', () => {
  test('nothing is no time', () => {
    expect(readTime(undefined)).toBeUndefined();
  });

  const read = (tag: number, text: string): number | undefined => readTime(readValue(der(tag, text), tag));

  test.each([
    ['UTCTime of this century', 0x17, '261121000000Z', Date.UTC(2026, 10, 21)],
    ['UTCTime 49', 0x17, '491231235959Z', Date.UTC(2049, 11, 31, 23, 59, 59)],
    ['UTCTime 50', 0x17, '500101000000Z', Date.UTC(1950, 0, 1)],
    ['GeneralizedTime', 0x18, '20500101000000Z', Date.UTC(2050, 0, 1)],
    ['no expiry (RFC 5280 §4.1.2.5)', 0x18, '99991231235959Z', Date.UTC(9999, 11, 31, 23, 59, 59)],
    ['leap day', 0x17, '240229120000Z', Date.UTC(2024, 1, 29, 12)],
    ['30 February', 0x17, '260230000000Z', undefined],
    ['month 13', 0x17, '261301000000Z', undefined],
    ['hour 24', 0x17, '261121240000Z', undefined],
    ['no seconds', 0x17, '2611210000Z', undefined],
    ['fractions', 0x18, '20261121000000.5Z', undefined],
    ['an offset', 0x17, '261121000000+0100', undefined],
    ['text', 0x17, 'tomorrow', undefined],
    ['more digits', 0x18, '120261121000000Z', undefined],
    ['text behind', 0x17, '261121000000Zulu', undefined],
    ['another type', 0x16, '261121000000Z', undefined],
  ])('%s', (_, tag, text, value) => {
    expect(read(tag, text)).toBe(value);
  });

  test('reads what the test CA writes', () => {
    for (const moment of [Date.UTC(1951, 1, 1), Date.UTC(2026, 10, 21), Date.UTC(2060, 1, 1)]) {
      const encoding = time(moment);
      expect(readTime(readValue(encoding, encoding[0] ?? 0))).toBe(moment);
    }
  });
});

test('readBits(): unused bits say nothing, X.690 §11.2.2', () => {
  const value = (hex: string): DerValue =>
    new DerValue(derTags.bitString, bytes(hex), 0, 0, bytes(hex).length);
  expect(readBits(value('0280'))).toEqual([0]);
  expect(readBits(value('048f'))).toEqual([0]);
  expect(readBits(value('07ff80'))).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(readBits(value('0480'))).toEqual([0]);
});
