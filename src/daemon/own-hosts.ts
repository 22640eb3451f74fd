import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import type { Config } from '../config/config.ts';
import { canonicalAddress, isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { OwnHosts } from '../core/route/own-hosts.ts';

interface Listening {
  readonly host: string;
  readonly port: number;
}

/** The port of mail servers (RFC 5321 §4.5.4.2), including one on this machine that hands mail to the relay. */
const SMTP_PORT = 25;

const everywhere = new Set(['0.0.0.0', '::']);

/**
 * Collects where mail for this relay arrives: the addresses on which it listens (all of this machine if it listens
 * everywhere), and those that the settings name; at its own ports, and at the port of mail servers. Every loopback
 * address is this machine, so there the ports alone decide: at another port, or at 25 if the settings allow it, are
 * hosts of a test network.
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
