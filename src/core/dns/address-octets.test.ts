import { expect, test } from 'vitest';
import { addressOctets } from './address-octets.ts';
import { ipv6Text } from './ipv6-text.ts';

test.each([
  ['192.0.2.1', 'c0000201'],
  ['0.0.0.0', '00000000'],
  ['::', '00000000000000000000000000000000'],
  ['::1', '00000000000000000000000000000001'],
  ['2001:DB8::', '20010db8000000000000000000000000'],
  ['1:2:3:4:5:6:7:8', '00010002000300040005000600070008'],
  ['::ffff:192.0.2.1', '00000000000000000000ffffc0000201'],
])('addressOctets(%j)', (text, hex) => {
  expect(Buffer.from(addressOctets(text) ?? []).toString('hex')).toBe(hex);
});

test.each(['', 'localhost', '192.0.2', '192.0.2.1/32', 'fe80::1%eth0', '1:2:3:4:5:6:7:8:9'])(
  'addressOctets(%j): no address',
  (text) => {
    expect(addressOctets(text)).toBeUndefined();
  },
);

test('addressOctets() undoes ipv6Text()', () => {
  for (let at = 0; at < 16; at += 1) {
    const octets = new Uint8Array(16).fill(0xa5, at);
    expect(addressOctets(ipv6Text(octets))).toEqual(octets);
  }
});
