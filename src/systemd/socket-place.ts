import { fstatSync, readFileSync } from 'node:fs';
import { endianness } from 'node:os';
import { parseIpAddress } from '../core/dns/ip-address.ts';

/** Where a TCP socket listens. */
export interface SocketPlace {
  readonly host: string;
  readonly port: number;
}

/** Where the TCP socket of a descriptor listens; undefined if it is none, or if the kernel does not tell. */
export function placeOf(descriptor: number): SocketPlace | undefined {
  try {
    const { ino } = fstatSync(descriptor);
    for (const table of ['tcp', 'tcp6']) {
      const place = placeIn(readFileSync(`/proc/self/net/${table}`, 'latin1'), ino);
      if (place !== undefined) return place;
    }
  } catch {
    // Without such a descriptor or table it has no place that is known.
  }
  return undefined;
}

/** proc(5): state of a socket that listens. */
const listening = '0A';

/** The place of a socket in a table as of /proc/net/tcp. */
export function placeIn(table: string, inode: number): SocketPlace | undefined {
  for (const line of table.split('\n')) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] !== listening || fields[9] !== String(inode)) continue;
    const [hex = '', port = ''] = (fields[1] ?? '').split(':');
    const host = addressIn(hex);
    return host === undefined ? undefined : { host, port: Number.parseInt(port, 16) };
  }
  return undefined;
}

/** The kernel prints words of 32 bits in the order of this machine. */
function addressIn(hex: string): string | undefined {
  const octets = Buffer.from(hex, 'hex');
  if (endianness() === 'LE' && octets.length % 4 === 0) octets.swap32();
  if (octets.length === 4) return [...octets].join('.');
  return parseIpAddress(octets.toString('hex').match(/.{4}/g)?.join(':') ?? '');
}
