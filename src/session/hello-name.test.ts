import { expect, test } from 'vitest';
import { addressLiteral } from './hello-name.ts';

test.each([
  ['192.0.2.1', '[192.0.2.1]'],
  ['::ffff:192.0.2.1', '[192.0.2.1]'],
  ['2001:db8::1', '[IPv6:2001:db8::1]'],
  ['fe80::1%eth0', '[IPv6:fe80::1]'],
])('addressLiteral(): of %s is %s', (address, literal) => {
  expect(addressLiteral(address)).toBe(literal);
});
