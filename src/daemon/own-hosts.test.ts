import { expect, test } from 'vitest';
import { ownHosts } from './own-hosts.ts';

const delivery = { proxyInterfaces: ['192.0.2.9', '2001:DB8::9'], port: 25, allowLoopback: false };

test('ownHosts(): where it listens, and what the operator names', () => {
  const own = ownHosts('relay.test', [{ host: '127.0.0.1', port: 2525 }], delivery);
  expect(own).toEqual({
    name: 'relay.test',
    addresses: new Set(['127.0.0.1', '192.0.2.9', '2001:db8::9']),
    ports: new Set([25, 2525]),
    loopbackPorts: new Set([25, 2525]),
  });
});

test('ownHosts(): every address of the machine where it listens everywhere', () => {
  const own = ownHosts('relay.test', [{ host: '0.0.0.0', port: 25 }], { ...delivery, proxyInterfaces: [] });
  expect(own.addresses).toContain('127.0.0.1');
  expect(own.ports).toEqual(new Set([25]));
});

test('ownHosts(): loopback addresses are a test network at its port, and by leave', () => {
  const listening = [{ host: '127.0.0.1', port: 2525 }];
  const ports = (more: object): unknown =>
    ownHosts('relay.test', listening, { ...delivery, ...more }).loopbackPorts;
  expect(ports({ port: 10_025 })).toEqual(new Set([25, 2525]));
  expect(ports({ allowLoopback: true })).toEqual(new Set());
});
