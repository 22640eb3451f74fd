import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import { canonicalAddress, isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { OwnHosts } from '../core/route/own-hosts.ts';

interface Listening {
  readonly host: string;
  readonly port: number;
}

/** Where mail servers listen (RFC 5321 §4.5.4.2), the one that hands us the mail of this machine among them. */
const SMTP_PORT = 25;

const everywhere = new Set(['0.0.0.0', '::']);

/**
 * Where mail for this relay arrives: the addresses it listens at, all of this machine where it listens everywhere, and
 * those that the operator names; at the ports it listens on and at the one of all mail servers. Every loopback address is this
 * machine, and there the ports alone tell: at another one, or at 25 by the operator's leave, are the hosts of a test network.
 */
export function ownHosts(
  hostname: string,
  listening: readonly Listening[],
  {
    proxyInterfaces,
    port,
    allowLoopback,
  }: Pick<Config['delivery'], 'proxyInterfaces' | 'port' | 'allowLoopback'>,
): OwnHosts {
  const hosts = listening.map(({ host }) => host);
  const ports = listening.map((one) => one.port);
  const local = hosts.some((host) => everywhere.has(host))
    ? Object.values(networkInterfaces()).flatMap((all) => (all ?? []).map(({ address }) => address))
    : [];
  const listened = [...hosts.filter((host) => isIP(host) !== 0), ...local];
  const addresses = [...listened.filter((address) => !isLoopbackAddress(address)), ...proxyInterfaces];
  return {
    name: hostname,
    addresses: new Set(addresses.map((address) => canonicalAddress(address.split('%')[0] ?? '') ?? address)),
    ports: new Set([port, ...ports]),
    loopbackPorts: new Set(allowLoopback ? ports : [SMTP_PORT, ...ports]),
  };
}
