import { expect, test } from 'vitest';
import { loopbackNameservers } from './resolv-conf.ts';

test('loopbackNameservers(): only addresses of this machine, in order, once', () => {
  const text = [
    '# nameserver 127.0.0.9',
    'search example.org',
    'nameserver 127.0.0.1',
    'nameserver 192.0.2.53',
    '\tnameserver   ::1   # ours',
    'nameserver 127.0.0.1',
    'nameserver localhost',
    'nameserver',
    'nameserver 127.0.0.53\r',
    'options trust-ad',
  ].join('\n');
  expect(loopbackNameservers(text)).toEqual([
    { address: '127.0.0.1', port: 53 },
    { address: '::1', port: 53 },
    { address: '127.0.0.53', port: 53 },
  ]);
});

test('loopbackNameservers(): none in an empty file', () => {
  expect(loopbackNameservers('')).toEqual([]);
});
