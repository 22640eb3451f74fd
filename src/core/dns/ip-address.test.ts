import { expect, test } from 'vitest';
import {
  canonicalAddress,
  familyOf,
  isLoopbackAddress,
  isUnspecifiedAddress,
  parseIpAddress,
} from './ip-address.ts';

test.each([
  ['192.0.2.1', '192.0.2.1', 4],
  ['0.0.0.0', '0.0.0.0', 4],
  ['2001:DB8:0:0::1', '2001:db8::1', 6],
  ['::ffff:192.0.2.1', '::ffff:c000:201', 6],
  ['::', '::', 6],
])('parseIpAddress(), familyOf(): %s', (text, address, family) => {
  expect(parseIpAddress(text)).toBe(address);
  expect(familyOf(text)).toBe(family);
});

/** What inet_aton(3) or a resolver of a system makes an address of, and we do not. */
const numberLike = [
  '127.0.0.01',
  '0177.0.0.1',
  '0x7f.0.0.1',
  '0x7f.1',
  '127.1',
  '2130706433',
  '1.2.3.999',
  '.999',
  '999',
  '1.2.3.4.',
  '1.2.3.4.5',
  ' 127.0.0.1',
  '127.0.0.1\n',
  '[127.0.0.1]',
  '１２７.0.0.1',
  'fe80::1%eth0',
  '::ffff:127.0.0.01',
  '1::2::3',
  '::ffff:1.2.3',
  '',
  'localhost',
  '127.0.0.1.example',
];

test.each(numberLike)('parseIpAddress(), familyOf(): %j is none', (text) => {
  expect(parseIpAddress(text)).toBeUndefined();
  expect(canonicalAddress(text)).toBeUndefined();
  expect(familyOf(text)).toBeUndefined();
  expect(isLoopbackAddress(text)).toBe(false);
  expect(isUnspecifiedAddress(text)).toBe(false);
});

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['2001:DB8:0:0::1', '2001:db8::1'],
  ['::ffff:192.0.2.1', '192.0.2.1'],
  ['0:0:0:0:0:FFFF:7F00:0001', '127.0.0.1'],
  ['::ffff:0:0', '0.0.0.0'],
  ['::1', '::1'],
  // Another machine translates these (RFC 6052); they are not in this one.
  ['64:ff9b::127.0.0.1', '64:ff9b::7f00:1'],
  ['::127.0.0.1', '::7f00:1'],
])('canonicalAddress(): %s', (text, expected) => {
  expect(canonicalAddress(text)).toBe(expected);
});

test.each([
  '127.0.0.1',
  '127.0.0.53',
  '127.255.0.1',
  '::1',
  '0:0:0:0:0:0:0:1',
  '::ffff:127.0.0.1',
  '::ffff:7f00:2',
])('isLoopbackAddress(): %s is ours', (address) => expect(isLoopbackAddress(address)).toBe(true));

test.each(['128.0.0.1', '10.127.0.1', '8.8.8.8', '::', '::2', '2001:db8::1', '0.0.0.0', '12.7.0.1'])(
  'isLoopbackAddress(): %s is not',
  (address) => expect(isLoopbackAddress(address)).toBe(false),
);

test.each([
  ['0.0.0.0', true],
  ['0.1.2.3', true],
  ['::', true],
  ['::ffff:0.0.0.0', true],
  ['10.0.0.0', false],
  ['::1', false],
])('isUnspecifiedAddress(): %s', (address, expected) => {
  expect(isUnspecifiedAddress(address)).toBe(expected);
});
