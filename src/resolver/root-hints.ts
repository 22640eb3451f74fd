import { isIP } from 'node:net';
import type { Server } from './server.ts';

const dnsPort = 53;

/** The addresses in a file of root hints, as InterNIC publishes it: a zone file with the servers of the root. */
export function rootServers(hints: string): readonly Server[] {
  return hints.split('\n').flatMap((line) => {
    const [, address = ''] = /^\S+\s+(?:\d+\s+)?(?:IN\s+)?A{1,4}\s+([0-9a-f.:]+)\s*$/i.exec(line) ?? [];
    return isIP(address) === 0 ? [] : [{ address, port: dnsPort }];
  });
}
