import { expect, test } from 'vitest';
import { isInNetwork, isPublicAddress, reverseName } from './address-network.ts';

test.each([
  ['8.8.8.8', true],
  ['10.1.2.3', false],
  ['172.31.255.255', false],
  ['172.32.0.1', true],
  ['100.64.0.1', false],
  ['192.168.1.1', false],
  ['127.0.0.1', false],
  ['169.254.1.1', false],
  ['224.0.0.1', false],
  ['::1', false],
  ['fe80::1', false],
  ['fd00::1', false],
  ['2001:db8::1', true],
  ['no address', false],
])('isPublicAddress(%s)', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});

test('isInNetwork looks at bits', () => {
  expect(isInNetwork('192.0.2.9', '192.0.2.8', 31)).toBe(true);
  expect(isInNetwork('192.0.2.10', '192.0.2.8', 31)).toBe(false);
  expect(isInNetwork('2001:db8::1', '2001:db9::', 31)).toBe(true);
  expect(isInNetwork('192.0.2.9', '::', 0)).toBe(false);
});

test('reverseName', () => {
  expect(reverseName('192.0.2.9')).toBe('9.2.0.192.in-addr.arpa');
  expect(reverseName('2001:db8::25')).toBe(`5.2.${'0.'.repeat(22)}8.b.d.0.1.0.0.2.ip6.arpa`);
});
