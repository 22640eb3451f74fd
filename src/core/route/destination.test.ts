import { describe, expect, it } from 'vitest';
import { destinationOf } from './destination.ts';

describe('destinationOf()', () => {
  it.each([
    ['user@Example.ORG', { nextHop: 'example.org', kind: 'mx', host: 'example.org' }],
    ['"a@b"@example.org', { nextHop: 'example.org', kind: 'mx', host: 'example.org' }],
    ['user@[192.0.2.1]', { nextHop: '[192.0.2.1]', kind: 'literal', host: '192.0.2.1' }],
    ['user@[IPv6:2001:DB8::1]', { nextHop: '[IPv6:2001:db8::1]', kind: 'literal', host: '2001:db8::1' }],
    ['user@[nonsense]', { nextHop: '[nonsense]', kind: 'mx', host: '[nonsense]' }],
  ])('%s', (mailbox, destination) => {
    expect(destinationOf(mailbox)).toEqual(destination);
  });
});
