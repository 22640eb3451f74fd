import { expect, test } from 'vitest';
import { decodeXtext, encodeXtext } from './xtext.ts';

test.each([
  ['plain text', 'rfc822;user@example.org', 'rfc822;user@example.org'],
  ['plus and equals', 'a+b=c', 'a+2Bb+3Dc'],
  ['a space', 'a b', 'a+20b'],
  ['a percent sign', '100%41', '100%41'],
  ['a control character', 'a\n', 'a+0A'],
  ['UTF-8 octet by octet', 'ü😀', '+C3+BC+F0+9F+98+80'],
  ['nothing', '', ''],
])('encodeXtext() and decodeXtext(): %s there and back', (_, plain, encoded) => {
  expect(encodeXtext(plain)).toBe(encoded);
  expect(decodeXtext(encoded)).toBe(plain);
});

test.each([
  ['lower-case hex', 'a+2b'],
  ['half an escape', 'a+2'],
  ['a bare plus', 'a+'],
  ['an equals sign', 'a=b'],
  ['a space', 'a b'],
  ['a control character', 'a\tb'],
  ['8 bits', 'ü'],
  ['octets that are no UTF-8', '+C3'],
])('decodeXtext(): %s is not xtext', (_, text) => {
  expect(decodeXtext(text)).toBeUndefined();
});
