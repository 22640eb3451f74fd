import { describe, expect, test } from 'vitest';
import { isLoopback, parseListenAddress, parseNetwork, parseResolverAddress } from './addresses.ts';

describe('parseListenAddress()', () => {
  test.each([
    ['127.0.0.1:2525', { host: '127.0.0.1', port: 2525 }],
    ['[::1]:25', { host: '::1', port: 25 }],
    ['[fe80::1%eth0]:25', { host: 'fe80::1%eth0', port: 25 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('parseListenAddress(): %s', (text, value) => {
    expect(parseListenAddress(text)).toEqual({ value });
  });

  test.each([
    '',
    '2525',
    ':25',
    '127.0.0.1',
    '127.0.0.1:',
    '127.0.0.1:65536',
    '127.0.0.256:25',
    '::1:25',
    '[127.0.0.1]:25',
    '*:25',
    'a b:25',
  ])('parseListenAddress(): %j is none', (text) => {
    expect(parseListenAddress(text)).toHaveProperty('reason');
  });

  test('parseListenAddress(): says that the port is missing', () => {
    expect(parseListenAddress('127.0.0.1')).toEqual({ reason: 'no port' });
  });
});

describe('parseResolverAddress()', () => {
  test.each([
    ['127.0.0.1', { host: '127.0.0.1', port: 53 }],
    ['127.0.0.1:5353', { host: '127.0.0.1', port: 5353 }],
    ['::1', { host: '::1', port: 53 }],
    ['[::1]:53', { host: '::1', port: 53 }],
  ])('parseResolverAddress(): %s', (text, value) => {
    expect(parseResolverAddress(text)).toEqual({ value });
  });

  test.each(['', 'localhost', '[::1]', '127.0.0.1:0', '127.0.0.1:dns'])(
    'parseResolverAddress(): %j is none',
    (text) => {
      expect(parseResolverAddress(text)).toHaveProperty('reason');
    },
  );

  test('parseResolverAddress(): a name would need a resolver itself', () => {
    expect(parseResolverAddress('ns.example.org:53')).toEqual({ reason: 'not an IP address' });
  });
});

describe('parseNetwork()', () => {
  test.each([
    ['127.0.0.0/8', { address: '127.0.0.0', prefix: 8, family: 'ipv4' }],
    ['192.0.2.7', { address: '192.0.2.7', prefix: 32, family: 'ipv4' }],
    ['0.0.0.0/0', { address: '0.0.0.0', prefix: 0, family: 'ipv4' }],
    ['::1/128', { address: '::1', prefix: 128, family: 'ipv6' }],
    ['[2001:db8::]/32', { address: '2001:db8::', prefix: 32, family: 'ipv6' }],
    ['::ffff:127.0.0.0/104', { address: '::ffff:127.0.0.0', prefix: 104, family: 'ipv6' }],
    ['1:2:3:4:5:6:7:8', { address: '1:2:3:4:5:6:7:8', prefix: 128, family: 'ipv6' }],
  ])('parseNetwork(): %s', (text, value) => {
    expect(parseNetwork(text)).toEqual({ value });
  });

  test.each([
    '',
    '/8',
    '127.0.0.0/',
    '127.0/8',
    'localhost/8',
    'fe80::%eth0/64',
    '[127.0.0.1]/32',
    '10.0.0.0/255.0.0.0',
  ])('parseNetwork(): %j is none', (text) => {
    expect(parseNetwork(text)).toHaveProperty('reason');
  });

  test.each([
    ['127.0.0.1/8', 'not the start of a block; perhaps 127.0.0.0/8'],
    ['2001:db8::1/32', 'not the start of a block; perhaps 2001:db8::/32'],
    ['127.0.0.0/33', 'the longest prefix is /32'],
    ['::/129', 'the longest prefix is /128'],
  ])('parseNetwork(): %s is %s', (text, reason) => {
    expect(parseNetwork(text)).toEqual({ reason });
  });
});

test.each([
  ['127.0.0.1', true],
  ['127.8.9.1', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['192.0.2.1', false],
  ['::', false],
  ['1270::1', false],
])('isLoopback(): %s %s', (address, expected) => {
  expect(isLoopback(address)).toBe(expected);
});
