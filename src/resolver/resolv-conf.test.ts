import { expect, test } from 'vitest';
import { nameservers } from './resolv-conf.ts';

test('nameservers(): addresses in order, each once', () => {
  const text = [
    '# nameserver 127.0.0.9',
    'search example.org',
    'nameserver 127.0.0.1',
    'nameserver 192.0.2.53',
    '\tnameserver   ::1   # ours',
    'nameserver 127.0.0.1',
    'nameserver localhost',
    'nameserver',
    'nameserver fe80::1%eth0',
    'nameserver 127.0.0.53\r',
    'options trust-ad',
  ].join('\n');
  expect(nameservers(text)).toEqual(
    ['127.0.0.1', '192.0.2.53', '::1', 'fe80::1%eth0', '127.0.0.53'].map((address) => ({
      address,
      port: 53,
    })),
  );
});

test('nameservers(): none in an empty file, no more than eight', () => {
  expect(nameservers('')).toEqual([]);
  const many = Array.from({ length: 300 }, (_, at) => `nameserver 10.0.0.${at}\n`).join('');
  expect(nameservers(many)).toHaveLength(8);
});
