import { expect, test } from 'vitest';
import { encodeQuery } from './query.ts';

test('encodeQuery(): RD and AD in the header, DO and 1232 octets in OPT', () => {
  const bytes = encodeQuery({ id: 0xbeef, name: '_25._tcp.mx.example', type: 'TLSA' });
  expect(bytes.toString('hex')).toBe(
    'beef' + // ID
      '0120' + // RD, AD
      '0001000000000001' +
      '035f3235' + // _25
      '045f746370' + // _tcp
      '026d78' + // mx
      '076578616d706c6500' + // example
      '00340001' + // TLSA IN
      '00' + // OPT owner: the root
      '002904d0' + // OPT, 1232
      '00008000' + // no extended rcode, version 0, DO
      '0000',
  );
});

test('encodeQuery(): so can any octets', () => {
  const bytes = encodeQuery({ id: 1, name: 'a\\046\\200.*._dane', type: 'TLSA' });
  expect(bytes.subarray(12, 30).toString('hex')).toBe('03612ec8012a055f64616e65000034000100');
});

test('encodeQuery(): the root can be asked for', () => {
  const bytes = encodeQuery({ id: 1, name: '.', type: 'NS' });
  expect(bytes.subarray(12, 17).toString('hex')).toBe('0000020001');
});

test('encodeQuery(): one query has nothing of another', () => {
  const first = encodeQuery({ id: 1, name: 'a.example', type: 'MX' });
  const before = Buffer.from(first);
  const others = [
    encodeQuery({ id: 2, name: 'b.example', type: 'MX' }),
    encodeQuery({ id: 2, name: 'b.example', type: 'MX', checkingDisabled: true }),
  ];
  expect(first).toEqual(before);
  expect(others.map((bytes) => bytes.subarray(0, 4).toString('hex'))).toEqual(['00020120', '00020130']);
});
