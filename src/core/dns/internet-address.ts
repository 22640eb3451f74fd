import { addressOctets } from './address-octets.ts';
import { isInNetwork } from './address-network.ts';

type Network = readonly [network: string, prefix: number];

/** Addresses of IPv4 that no host on the Internet has (RFC 6890 and its registry). */
const specialOf4: readonly Network[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
];

/**
 * Of IPv6 only this is given out to hosts (RFC 4291 §2.4 and its registry). Mapped addresses of IPv4, those of NAT64,
 * unique local and link-local ones are all elsewhere.
 */
const unicast: Network = ['2000::', 3];
/** What is special in it; 6to4 and Teredo stand for addresses of IPv4, which may be any. */
const specialOf6: readonly Network[] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

/** Whether an address can be that of a host on the Internet. False for what is no address. */
export function isInternetAddress(address: string): boolean {
  const octets = addressOctets(address);
  if (octets === undefined) return false;
  const isIn = ([network, prefix]: Network): boolean => isInNetwork(address, network, prefix);
  return octets.length === 4 ? !specialOf4.some(isIn) : isIn(unicast) && !specialOf6.some(isIn);
}
