import { networkInterfaces } from 'node:os';
import { expect, test } from 'vitest';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import { ownHosts } from './own-hosts.ts';

const delivery = { proxyInterfaces: ['192.0.2.9', '2001:DB8::9'], port: 25, allowLoopback: false };

test('ownHosts(): where it listens, and what the operator names', () => {
  const listening = [
    { host: '127.0.0.1', port: 2525 },
    { host: '192.0.2.1', port: 2525 },
  ];
  const own = ownHosts('relay.test', listening, delivery);
  expect(own).toEqual({
    name: 'relay.test',
    addresses: new Set(['192.0.2.1', '192.0.2.9', '2001:db8::9']),
    ports: new Set([25, 2525]),
    loopbackPorts: new Set([25, 2525]),
  });
});

test('ownHosts(): every address of the machine where it listens everywhere', () => {
  const own = ownHosts('relay.test', [{ host: '0.0.0.0', port: 25 }], { ...delivery, proxyInterfaces: [] });
  const all = Object.values(networkInterfaces()).flatMap((some) =>
    (some ?? []).map(({ address }) => address),
  );
  for (const address of all)
    expect(own.addresses.has(address.split('%')[0] ?? ''), address).toBe(!isLoopbackAddress(address));
  expect(own.ports).toEqual(new Set([25]));
  expect(own.loopbackPorts).toEqual(new Set([25]));
});

test('ownHosts(): loopback addresses are a test network at its port, and by leave', () => {
  const listening = [{ host: '127.0.0.1', port: 2525 }];
  const ports = (more: object): unknown =>
    ownHosts('relay.test', listening, { ...delivery, ...more }).loopbackPorts;
  expect(ports({ port: 10_025 })).toEqual(new Set([25, 2525]));
  expect(ports({ allowLoopback: true })).toEqual(new Set([2525]));
});

test('ownHosts(): a loopback address that the operator names is one of ours at every port of ours', () => {
  const named = { ...delivery, proxyInterfaces: ['127.0.0.9'], port: 10_025 };
  expect(ownHosts('relay.test', [{ host: '127.0.0.1', port: 2525 }], named).addresses).toEqual(
    new Set(['127.0.0.9']),
  );
});
