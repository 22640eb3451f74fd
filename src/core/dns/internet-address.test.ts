import { expect, test } from 'vitest';
import { isInternetAddress } from './internet-address.ts';

test.each([
  '127.0.0.1',
  '10.1.1.1',
  '169.254.169.254',
  '172.31.0.1',
  '192.168.1.1',
  '100.64.0.1',
  '0.0.0.0',
  '192.0.2.1',
  '224.0.0.1',
  '255.255.255.255',
  '::',
  '::1',
  '::ffff:127.0.0.1',
  '::ffff:8.8.8.8',
  '::7f00:1',
  '64:ff9b::7f00:1',
  '64:ff9b:1::1',
  '2002:7f00:1::',
  '2001::1',
  '2001:db8::1',
  'fc00::1',
  'fd12:3456::1',
  'fe80::1',
  'fe80::1%eth0',
  'ff02::1',
  'mx.example.org',
  '',
  '127.1',
])('%s is none', (address) => expect(isInternetAddress(address)).toBe(false));

test.each(['8.8.8.8', '193.0.0.1', '172.32.0.1', '2a00:1450:4001::1', '2606:4700::1111'])(
  '%s is one',
  (address) => expect(isInternetAddress(address)).toBe(true),
);
