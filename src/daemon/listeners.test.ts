import { expect, test } from 'vitest';
import { loadConfig } from '../config/load.ts';
import { openListeners } from './listeners.ts';

test('the peers of a listener are those of the settings, and nobody where none are named', async () => {
  const tables = `[{ address = "192.0.2.10:2526", proxy_peers = ["192.0.2.80/31", "2001:db8::/64"] },
    { address = "192.0.2.10:2527", xclient_peers = ["192.0.2.25"] }]`.replaceAll(/\s+/g, ' ');
  const { listeners } = await openListeners(loadConfig({ env: {}, sets: [`listener=${tables}`] }), () => {});
  const [behind, proxied] = listeners.map(({ rules }) => rules);
  const addresses = ['192.0.2.80', '192.0.2.81', '192.0.2.82', '2001:db8::1', '2001:db8:1::1', '192.0.2.25'];
  expect(addresses.filter((address) => behind?.proxyPeers?.(address))).toEqual([
    '192.0.2.80',
    '192.0.2.81',
    '2001:db8::1',
  ]);
  expect(addresses.filter((address) => proxied?.xclientPeers?.(address))).toEqual(['192.0.2.25']);
  expect([behind?.xclientPeers, proxied?.proxyPeers]).toEqual([undefined, undefined]);
});
