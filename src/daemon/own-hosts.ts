import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import { canonicalAddress, type OwnHosts } from '../core/route/own-hosts.ts';

interface Listening {
  readonly host: string;
  readonly port: number;
}

const everywhere = new Set(['0.0.0.0', '::']);

/**
 * Where mail for this relay arrives: the addresses it listens at, all of this machine where it listens everywhere, and
 * those that the operator names; at the ports it listens on and at the one of all mail servers.
 */
export function ownHosts(
  hostname: string,
  listening: readonly Listening[],
  { proxyInterfaces, port }: Pick<Config['delivery'], 'proxyInterfaces' | 'port'>,
): OwnHosts {
  const hosts = listening.map(({ host }) => host);
  const local = hosts.some((host) => everywhere.has(host))
    ? Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
    : [];
  const addresses = [...hosts.filter((host) => isIP(host) !== 0), ...local, ...proxyInterfaces];
  return {
    name: hostname,
    addresses: new Set(addresses.map((address) => canonicalAddress(address.split('%')[0] ?? '') ?? address)),
    ports: new Set([port, ...listening.map((one) => one.port)]),
  };
}
