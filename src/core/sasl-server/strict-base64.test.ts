import { expect, test } from 'vitest';
import { decodeBase64, decodeUtf8 } from './strict-base64.ts';

test.each([
  ['', ''],
  ['AA==', '00'],
  ['AHU=', '0075'],
  ['+/8=', 'fbff'],
])('decodeBase64(): %s', (text, hex) => {
  expect(decodeBase64(text)?.toString('hex')).toBe(hex);
});

test.each(['AHU', 'A', '=', 'AHU==', 'AH U=', 'AHU=\r', 'AHU=x', '-_8=', 'AHV=', '*', 'ü'])(
  'decodeBase64(): %j is none',
  (text) => {
    expect(decodeBase64(text)).toBeUndefined();
  },
);

test('decodeUtf8()', () => {
  expect(decodeUtf8(Buffer.from('ü\uFEFF'))).toBe('ü\uFEFF');
  expect(decodeUtf8(Buffer.from([0xff]))).toBeUndefined();
});
