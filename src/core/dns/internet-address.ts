import { addressOctets } from './address-octets.ts';
import { isInNetwork } from './address-network.ts';

/**
 * Addresses that no host on the Internet has (RFC 6890 and its registries), and those of IPv6 that stand for one of IPv4:
 * mapped ones and the ways of NAT64, 6to4 and Teredo, behind which any of the others may be.
 */
const special: readonly (readonly [network: string, prefix: number])[] = [
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
  ['::', 96],
  ['::ffff:0:0', 96],
  ['64:ff9b::', 96],
  ['64:ff9b:1::', 48],
  ['100::', 64],
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['fc00::', 7],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
];

/** Whether an address can be that of a host on the Internet. False for what is no address. */
export function isInternetAddress(address: string): boolean {
  return (
    addressOctets(address) !== undefined &&
    !special.some(([network, prefix]) => isInNetwork(address, network, prefix))
  );
}
