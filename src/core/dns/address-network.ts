import { addressOctets } from './address-octets.ts';

/** Whether the address is in the network. Addresses of different families never are. */
export function isInNetwork(address: string, network: string, prefix: number): boolean {
  const [one, other] = [addressOctets(address), addressOctets(network)];
  if (one === undefined || other === undefined || one.length !== other.length) return false;
  return one.every((octet, at) => {
    const bits = Math.min(8, Math.max(0, prefix - at * 8));
    const mask = (0xff << (8 - bits)) & 0xff;
    return (octet & mask) === ((other[at] ?? 0) & mask);
  });
}

/** `1.2.0.192.in-addr.arpa` (RFC 1035 §3.5), nibbles below ip6.arpa (RFC 3596 §2.5). */
export function reverseName(address: string): string {
  const octets = [...(addressOctets(address) ?? [])].toReversed();
  if (octets.length === 4) return `${octets.join('.')}.in-addr.arpa`;
  const nibbles = octets.flatMap((octet) => [octet & 15, octet >> 4].map((half) => half.toString(16)));
  return `${nibbles.join('.')}.ip6.arpa`;
}
