import { isIPv6 } from 'node:net';
import { canonicalAddress } from '../core/dns/ip-address.ts';
import type { SocketAddress } from './addresses.ts';

const everyIpv4 = '0.0.0.0';
const everyIpv6 = '::';

/**
 * Whether a listener leaves IPv4 to others. `[::]` takes the port of every IPv4 address too, unless another listener is
 * for IPv4 at that port: then each has its own half.
 */
export function isIpv6Only(listener: SocketAddress, all: readonly SocketAddress[]): boolean {
  if (addressOf(listener) !== everyIpv6) return false;
  return all.some((other) => other.port === listener.port && other.port !== 0 && isIpv4(other));
}

/** The first of `earlier` that takes the place of a listener, because the operating system allows each place once. */
export function takenBy<T extends SocketAddress>(
  listener: SocketAddress,
  earlier: readonly T[],
): T | undefined {
  // Port 0 is a different port each time.
  if (listener.port === 0) return undefined;
  return earlier.find(
    (other) => other.port === listener.port && overlap(addressOf(listener), addressOf(other)),
  );
}

function overlap(a: string, b: string): boolean {
  if (a === b) return true;
  const every = isIPv6(a) ? everyIpv6 : everyIpv4;
  return isIPv6(a) === isIPv6(b) && (a === every || b === every);
}

function isIpv4(listener: SocketAddress): boolean {
  return !isIPv6(addressOf(listener));
}

/** A host name stays as it is: its address is found when the listener is opened. */
function addressOf({ host }: SocketAddress): string {
  return canonicalAddress(host) ?? host.toLowerCase();
}
