import { describe, expect, test } from 'vitest';
import { makeCertificate, now, tlsaFor } from '../../../test/support/test-ca.ts';
import {
  certificateWithKey,
  isSameRecord,
  makeRecord,
  parametersText,
  parseParameter,
  parseParameters,
  recommended,
} from './make-record.ts';
import { usability } from './tlsa.ts';
import { verifyDane } from './verify.ts';

const made = makeCertificate({ names: ['mx.example.test'] });
const certificate = certificateWithKey(made.der);
const all = [0, 1, 2, 3].flatMap((usage) =>
  [0, 1].flatMap((selector) => [0, 1, 2].map((matching) => ({ usage, selector, matching }))),
);

describe('parseParameters() reads', () => {
  test.each([
    ['3 1 1', '3 1 1'],
    ['  2\t0   2 ', '2 0 2'],
    ['DANE-EE SPKI SHA2-256', '3 1 1'],
    ['dane-ta cert full', '2 0 0'],
    ['PKIX-EE 1 SHA2-512', '1 1 2'],
  ])('"%s"', (text, expected) => {
    const parsed = parseParameters(text);
    expect(parsed && parametersText(parsed)).toBe(expected);
  });

  test.each([
    '',
    '3 1',
    '3 1 1 1',
    '4 1 1',
    '3 2 1',
    '3 1 3',
    '3,1,1',
    '311',
    '03 1 1',
    'PrivCert 1 1',
    '-1 1 1',
  ])('nothing from "%s"', (text) => {
    expect(parseParameters(text)).toBeUndefined();
  });

  test('one at a time', () => {
    expect(parseParameter('usage', 'dane-ee')).toBe(3);
    expect(parseParameter('matching', 'DANE-EE')).toBeUndefined();
  });
});

describe('makeRecord()', () => {
  test.each(all)('$usage $selector $matching of a certificate', (parameters) => {
    expect(makeRecord(parameters, certificate)).toEqual({
      ...parameters,
      data: tlsaFor(made, parametersText(parameters)).data,
    });
  });

  test.each(all.filter(({ usage }) => usage === 3))(
    '$usage $selector $matching is usable, and matches the server that shows it',
    (parameters) => {
      const record = makeRecord(parameters, certificate);
      if (record === undefined) throw new Error('no record');
      expect(usability(record)).toEqual({ usable: true });
      expect(verifyDane([made.der], [record], [], now)).toMatchObject({ kind: 'matched', record });
    },
  );

  test('of a key, there are records of the key only', () => {
    const key = { publicKey: made.spki };
    expect(makeRecord(recommended, key)).toEqual(makeRecord(recommended, certificate));
    expect(makeRecord({ ...recommended, selector: 0 }, key)).toBeUndefined();
  });

  test('of what is no certificate, there are no records of a key', () => {
    const garbage = certificateWithKey(Buffer.from('garbage'));
    expect(makeRecord(recommended, garbage)).toBeUndefined();
    expect(makeRecord({ ...recommended, selector: 0 }, garbage)?.data).toHaveLength(32);
  });

  test.each([
    { usage: 3, selector: 2, matching: 1 },
    { usage: 3, selector: 1, matching: 3 },
  ])('not for numbers without a meaning: $selector $matching', (parameters) => {
    expect(makeRecord(parameters, certificate)).toBeUndefined();
  });
});

test('isSameRecord() compares parameters and data', () => {
  const record = { ...recommended, data: Buffer.from('aa', 'hex') };
  expect(isSameRecord(record, { ...recommended, data: Uint8Array.of(0xaa) })).toBe(true);
  expect(isSameRecord(record, { ...record, usage: 2 })).toBe(false);
  expect(isSameRecord(record, { ...record, data: Buffer.from('ab', 'hex') })).toBe(false);
});
