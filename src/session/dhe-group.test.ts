import { describe, expect, test } from 'vitest';
import { dheGroupReader } from './dhe-group.ts';

const record = (type: number, ...contents: readonly Buffer[]): Buffer => {
  const content = Buffer.concat(contents);
  return Buffer.concat([Buffer.from([type, 3, 3, content.length >> 8, content.length & 0xff]), content]);
};
const message = (type: number, content: Buffer): Buffer =>
  Buffer.concat([Buffer.from([type, 0, content.length >> 8, content.length & 0xff]), content]);
const group = (octets: number): Buffer => {
  const prime = Buffer.alloc(octets, 0xff);
  return Buffer.concat([Buffer.from([octets >> 8, octets & 0xff]), prime, Buffer.from([0, 1, 2, 0, 1, 9])]);
};
const hello = message(2, Buffer.alloc(70, 12));
const certificates = message(11, Buffer.alloc(900, 12));
const done = message(14, Buffer.alloc(0));
const handshake = (octets: number): Buffer[] => [hello, certificates, message(12, group(octets)), done];

/** What is known after each piece. */
function read(...pieces: readonly Buffer[]): (number | undefined)[] {
  const reader = dheGroupReader();
  return pieces.map((piece) => reader(piece));
}

describe('dheGroupReader()', () => {
  test.each([128, 256, 512, 513, 1250])('reads a prime of %i octets', (octets) => {
    expect(read(...handshake(octets).map((each) => record(22, each)))).toEqual([
      undefined,
      undefined,
      octets,
      octets,
    ]);
    expect(read(record(22, ...handshake(octets)))).toEqual([octets]);
  });

  test('octet by octet, and with a record for each few octets', () => {
    const whole = record(22, ...handshake(1250));
    expect(read(...Array.from(whole, (octet) => Buffer.from([octet]))).at(-1)).toBe(1250);
    const messages = Buffer.concat(handshake(1250));
    const records = Array.from({ length: Math.ceil(messages.length / 7) }, (_, index) =>
      record(22, messages.subarray(index * 7, index * 7 + 7)),
    );
    expect(read(...records).at(-1)).toBe(1250);
  });

  test('says so before the prime itself has come', () => {
    const sizes = Buffer.concat(handshake(1250)).indexOf(Buffer.from([12, 0])) + 6;
    expect(read(record(22, ...handshake(1250)).subarray(0, 5 + sizes))).toEqual([1250]);
  });

  test('records of another type, and empty ones, are passed over', () => {
    const alert = record(21, Buffer.from([1, 0]));
    const noise = record(23, message(12, group(1250)));
    const empty = record(22);
    expect(
      read(alert, noise, empty, record(22, hello), noise, empty, record(22, message(12, group(256)))),
    ).toEqual([undefined, undefined, undefined, undefined, undefined, undefined, 256]);
  });

  test('messages of other types, and empty ones, are passed over', () => {
    expect(
      read(record(22, done, message(4, group(1250)), message(0, Buffer.alloc(0)), certificates)),
    ).toEqual([undefined]);
    expect(read(record(22, done, message(12, group(300))))).toEqual([300]);
  });

  test('only the first group counts, and a message without room for one has none', () => {
    expect(read(record(22, message(12, group(256)), message(12, group(1250))))).toEqual([256]);
    expect(read(record(22, message(12, Buffer.from([1])), message(12, group(1250))))).toEqual([1250]);
  });
});
