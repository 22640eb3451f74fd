import { expect, test } from 'vitest';
import { decodeXtext, embedUnicode, encodeUnicodeAddress, encodeXtext } from './xtext.ts';

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

test.each([
  ['user@example.org', 'user@example.org'],
  ['grüße@x.test', 'gr\\x{FC}\\x{DF}e@x.test'],
  ['a+b=c\\d@x.test', 'a\\x{2B}b\\x{3D}c\\x{5C}d@x.test'],
  ['😀@x.test', '\\x{1F600}@x.test'],
])('encodeUnicodeAddress() makes of %s: %s', (address, text) => {
  expect(encodeUnicodeAddress(address)).toBe(text);
});

test('encodeUnicodeAddress(): what is no xtext is encoded as in xtext', () => {
  expect(encodeUnicodeAddress('"a b\n"@ü.test')).toBe('"a+20b+0A"@\\x{FC}.test');
});

test('embedUnicode(): what is encoded already stays so', () => {
  expect(embedUnicode('gr\\x{FC}ße+2Ba@😀.test')).toBe('gr\\x{FC}\\x{DF}e+2Ba@\\x{1F600}.test');
});
