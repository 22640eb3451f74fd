import { isIP } from 'node:net';
import { isLoopbackAddress } from '../core/dns/ip-address.ts';
import type { Server } from './server.ts';

const dnsPort = 53;

/**
 * The `nameserver` lines of a resolv.conf(5) that name an address of this machine, in their order. The others are
 * left out: RFC 7672 §2.1.1 does not let us believe what they say about DNSSEC.
 */
export function loopbackNameservers(resolvConf: string): Server[] {
  const servers: Server[] = [];
  for (const line of resolvConf.split('\n')) {
    const [keyword, address = ''] = line.trim().split(/\s+/);
    if (keyword !== 'nameserver' || isIP(address) === 0 || !isLoopbackAddress(address)) continue;
    if (!servers.some((server) => server.address === address)) servers.push({ address, port: dnsPort });
  }
  return servers;
}
