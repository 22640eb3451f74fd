import { describe, expect, test } from 'vitest';
import { isOwn, withoutUs, type OwnHosts } from './own-hosts.ts';

const own: OwnHosts = {
  name: 'relay.test',
  addresses: new Set(['192.0.2.1', '2001:db8::1']),
  ports: new Set([25, 2525, 26]),
  loopbackPorts: new Set([25, 2525]),
};

test.each([
  ['mx.test', '192.0.2.1', 25, true],
  ['mx.test', '192.0.2.1', 2525, true],
  ['mx.test', '192.0.2.1', 587, false],
  ['mx.test', '192.0.2.2', 25, false],
  ['mx.test', '2001:db8:0::1', 25, true],
  ['mx.test', '::ffff:192.0.2.1', 25, true],
  ['mx.test', '0.0.0.0', 25, true],
  ['Relay.test', '192.0.2.9', 25, true],
  ['relay.test', '192.0.2.9', 27, false],
  ['mx.test', '127.0.0.1', 25, true],
  ['mx.test', '127.1.2.3', 2525, true],
  ['mx.test', '::1', 25, true],
  ['mx.test', '::ffff:127.0.0.2', 25, true],
  // A test network.
  ['mx.test', '127.0.0.1', 26, false],
  ['mx.test', '::', 26, true],
  ['mx.test', '0.0.0.0', 27, false],
  // Private networks are not this machine.
  ['mx.test', '10.0.0.1', 25, false],
])('isOwn(): %s[%s]:%i', (host, address, port, expected) => {
  expect(isOwn({ host, address }, port, own)).toBe(expected);
});

describe('withoutUs()', () => {
  const at = (preference: number, address: string) => ({ host: `${address}.test`, address, preference });
  const us = ({ address }: { address: string }): boolean => address.startsWith('us');
  const names = (result: ReturnType<typeof withoutUs>): unknown =>
    result.kind === 'others'
      ? [result.weAreMx, ...result.addresses.map(({ address }) => address)]
      : result.kind;

  test.each([
    ['we are none of them', [at(10, 'a'), at(20, 'b')], [10, 20], [false, 'a', 'b']],
    [
      '20 of 10/20/20/30',
      [at(10, 'a'), at(20, 'us'), at(20, 'b'), at(30, 'c')],
      [10, 20, 20, 30],
      [true, 'a'],
    ],
    ['the best of them', [at(10, 'us'), at(20, 'b')], [10, 20], 'loop'],
    ['one of the best', [at(10, 'a'), at(10, 'us')], [10, 10], 'loop'],
    ['the best that can be found', [at(20, 'us')], [10, 20], 'primary missing'],
    [
      'the second of whom the first cannot be found',
      [at(20, 'us'), at(20, 'b')],
      [10, 20, 20],
      'primary missing',
    ],
    ['twice', [at(10, 'a'), at(20, 'us'), at(15, 'us2')], [10, 15, 20], [true, 'a']],
  ])('%s', (_, addresses, preferences, expected) => {
    const named = preferences.map((preference) => ({ preference, ours: false }));
    expect(names(withoutUs(addresses, us, named))).toEqual(expected);
  });
});

test('withoutUs(): our own name counts though it has no address', () => {
  const others = [
    { host: 'a.test', address: 'a', preference: 10 },
    { host: 'c.test', address: 'c', preference: 30 },
  ];
  const named = [10, 20, 30].map((preference) => ({ preference, ours: preference === 20 }));
  expect(withoutUs(others, () => false, named)).toEqual({
    kind: 'others',
    addresses: [others[0]],
    weAreMx: true,
  });
});
