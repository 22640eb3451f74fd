import { canonicalAddress } from '../core/dns/ip-address.ts';

/** RFC 5321 §4.1.3: what stands for the name of a host that has none. @param address of a socket, with its zone */
export function addressLiteral(address: string): string {
  const [bare = ''] = address.split('%');
  const canonical = canonicalAddress(bare) ?? bare;
  return canonical.includes(':') ? `[IPv6:${canonical}]` : `[${canonical}]`;
}
