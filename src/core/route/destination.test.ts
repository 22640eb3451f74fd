import { describe, expect, it } from 'vitest';
import { destinationOf, parseDestination, readDestination } from './destination.ts';

describe('destinationOf()', () => {
  it.each([
    ['user@Example.ORG', { nextHop: 'example.org', kind: 'mx', host: 'example.org' }],
    ['"a@b"@example.org', { nextHop: 'example.org', kind: 'mx', host: 'example.org' }],
    ['user@[192.0.2.1]', { nextHop: '[192.0.2.1]', kind: 'literal', host: '192.0.2.1' }],
    ['user@[IPv6:2001:DB8::1]', { nextHop: '[IPv6:2001:db8::1]', kind: 'literal', host: '2001:db8::1' }],
    ['user@[IPv6:::ffff:127.0.0.1]', { nextHop: '[IPv6:::ffff:7f00:1]', kind: 'literal', host: '127.0.0.1' }],
    ['user@[nonsense]', { nextHop: '[nonsense]', kind: 'mx', host: '[nonsense]' }],
    ['user@example.org:587', { nextHop: 'example.org:587', kind: 'mx', host: 'example.org:587' }],
  ])('%s', (mailbox, destination) => {
    expect(destinationOf(mailbox)).toEqual(destination);
  });
});

describe('parseDestination(), readDestination()', () => {
  it.each([
    ['Example.org', { nextHop: 'example.org', kind: 'mx', host: 'example.org' }],
    ['example.org.', { nextHop: 'example.org', kind: 'mx', host: 'example.org' }],
    ['example.org:587', { nextHop: 'example.org:587', kind: 'mx', host: 'example.org', port: 587 }],
    ['[Mail.example.org]', { nextHop: '[mail.example.org]', kind: 'host', host: 'mail.example.org' }],
    [
      '[mail.example.org]:2525',
      { nextHop: '[mail.example.org]:2525', kind: 'host', host: 'mail.example.org', port: 2525 },
    ],
    ['example.org:smtp', { nextHop: 'example.org:smtp', kind: 'mx', host: 'example.org', port: 25 }],
    [
      '[mail.example.org]:submission',
      { nextHop: '[mail.example.org]:submission', kind: 'host', host: 'mail.example.org', port: 587 },
    ],
    ['[192.0.2.1]', { nextHop: '[192.0.2.1]', kind: 'literal', host: '192.0.2.1' }],
    ['[192.0.2.1]:25', { nextHop: '[192.0.2.1]:25', kind: 'literal', host: '192.0.2.1', port: 25 }],
    ['[IPv6:2001:DB8::1]', { nextHop: '[IPv6:2001:db8::1]', kind: 'literal', host: '2001:db8::1' }],
    ['[2001:DB8::1]', { nextHop: '[2001:db8::1]', kind: 'literal', host: '2001:db8::1' }],
    [
      '[2001:db8:0::1]:587',
      { nextHop: '[2001:db8:0::1]:587', kind: 'literal', host: '2001:db8::1', port: 587 },
    ],
  ])('%s', (text, destination) => {
    expect(parseDestination(text)).toEqual(destination);
    expect(readDestination(text)).toEqual(destination);
  });

  it.each([
    'example.org:0',
    'example.org:65536',
    'example.org:http',
    '[example.org',
    '[]',
    '[a b]',
    '[example.org]25',
    '[127.0.0.01',
    '127.0.0.01',
    '0x7f.1',
    '2130706433',
    '1.2.3.4.',
    '[fe80::1%eth0]',
    '[IPv6:127.0.0.1]:25',
    '2001:db8::1',
    '192.0.2.1',
    '',
    'a/b',
  ])('%j is none: taken for a domain that nobody finds', (text) => {
    expect(readDestination(text)).toBeUndefined();
    expect(parseDestination(text).host).not.toBe('example.org');
  });
});
