import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { networkInterfaces } from 'node:os';

/** Loopback addresses and ports nobody else uses. */
export interface AddressSpace {
  /** Port of every mail host, IPv4 and IPv6. */
  readonly port: number;
  /** Ports of the name server and of the resolvers. */
  readonly dnsPort: number;
  /** 1 to 254: an address of the private network. */
  address(host: number): string;
}

export const ipv6Loopback = '::1';

export function hasIpv6Loopback(): boolean {
  return Object.values(networkInterfaces()).some((addresses) =>
    addresses?.some(({ address }) => address === ipv6Loopback),
  );
}

/** Takes a random network 127.64.0.0/24 to 127.127.255.0/24, and two ports that are free on it now. */
export async function chooseAddresses(): Promise<AddressSpace> {
  for (let attempt = 0; attempt < 50; attempt++) {
    const network = `127.${between(64, 127)}.${between(0, 255)}`;
    // Below the range from which the kernel takes ports of outgoing connections.
    const [port, dnsPort] = [between(10_000, 20_999), between(21_000, 31_999)];
    const probes = [
      isFree(`${network}.1`, port),
      isFree(`${network}.1`, dnsPort),
      ...(hasIpv6Loopback() ? [isFree(ipv6Loopback, port)] : []),
    ];
    if ((await Promise.all(probes)).every(Boolean)) {
      return { port, dnsPort, address: (host) => `${network}.${host}` };
    }
  }
  throw new Error('No free loopback ports found in 50 attempts');
}

/** Whether both a TCP and a UDP socket can be bound there. */
export async function isFree(address: string, port: number): Promise<boolean> {
  const server = createServer();
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4');
  try {
    server.listen(port, address);
    await once(server, 'listening');
    socket.bind(port, address);
    await once(socket, 'listening');
    return true;
  } catch {
    return false;
  } finally {
    server.close();
    socket.close();
  }
}

function between(low: number, high: number): number {
  return low + Math.floor(Math.random() * (high - low + 1));
}
