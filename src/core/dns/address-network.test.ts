import { expect, test } from 'vitest';
import { isInNetwork, reverseName } from './address-network.ts';

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
