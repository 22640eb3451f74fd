import { canonicalAddress } from './ip-address.ts';

const dnsPort = 53;

/**
 * The known forwarder at a loopback address and port, which passes on what other resolvers say. Docker's takes its AD
 * bit from the resolver behind it. That of systemd-resolved does the same at one address; at the other, anybody on the
 * way can make it stop validating, unless it is configured to insist.
 */
export function knownForwarder(address: string, port: number): 'Docker' | 'systemd-resolved' | undefined {
  if (port !== dnsPort) return undefined;
  const plain = canonicalAddress(address);
  if (plain === '127.0.0.11') return 'Docker';
  return plain === '127.0.0.53' || plain === '127.0.0.54' ? 'systemd-resolved' : undefined;
}
