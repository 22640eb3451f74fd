import { expect, test } from 'vitest';
import { parseNetworks } from './networks.ts';

test.each([
  ['an address', ['192.0.2.1'], '192.0.2.1', '192.0.2.2'],
  ['a /32', ['127.0.0.1/32'], '127.0.0.1', '127.0.0.2'],
  ['a /8', ['127.0.0.0/8'], '127.255.255.255', '128.0.0.0'],
  ['everything', ['0.0.0.0/0'], '192.0.2.1', '2001:db8::1'],
  ['an IPv4-mapped client', ['192.0.2.0/24'], '::ffff:192.0.2.9', '::ffff:192.0.3.9'],
  ['an IPv6 network', ['2001:db8::/32'], '2001:db8:ffff::1', '2001:db9::1'],
  ['brackets', ['[2001:db8::1]', '[2001:db8:1::]/48'], '2001:db8:1::9', '2001:db8::2'],
  ['a zone', ['fe80::/10'], 'fe80::1%eth0', 'fec0::1%eth0'],
  ['no networks', ['::1'], '::1', '127.0.0.1'],
  ['what is no address', ['0.0.0.0/0'], '192.0.2.1', 'unknown'],
])('parseNetworks(): %s', (_, networks, inside, outside) => {
  const mayRelay = parseNetworks(networks);
  expect(mayRelay(inside)).toBe(true);
  expect(mayRelay(outside)).toBe(false);
});

test('parseNetworks(): more addresses than it remembers', () => {
  const mayRelay = parseNetworks(['10.0.0.0/9']);
  const addresses = Array.from({ length: 3_000 }, (_, index) => `10.${index % 256}.0.${index >> 8}`);
  for (const round of [1, 2]) {
    for (const address of addresses) {
      expect([round, address, mayRelay(address)]).toEqual([
        round,
        address,
        Number(address.split('.')[1]) < 128,
      ]);
    }
  }
});

test.each(['', 'localhost', '192.0.2.0/33', '2001:db8::/129', '192.0.2/24', '192.0.2.1/', '/8'])(
  'parseNetworks(): %j throws',
  (network) => {
    expect(() => parseNetworks([network])).toThrow(`no network: ${network}`);
  },
);
