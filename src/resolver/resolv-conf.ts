import { isIP } from 'node:net';
import type { Server } from './server.ts';

const dnsPort = 53;
/** libc uses three; this is more. */
const maxServers = 8;

/** The addresses of the `nameserver` lines of a resolv.conf(5), in their order. */
export function nameservers(resolvConf: string): readonly Server[] {
  const servers: Server[] = [];
  for (const line of resolvConf.split('\n')) {
    const [keyword, address = ''] = line.trim().split(/\s+/);
    if (keyword !== 'nameserver' || isIP(address) === 0 || servers.length === maxServers) continue;
    if (!servers.some((server) => server.address === address)) servers.push({ address, port: dnsPort });
  }
  return servers;
}
