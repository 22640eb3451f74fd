import type { Config } from '../config/config.ts';

/** Families of addresses that the relay connects to (`delivery.inet_protocols`), in the order of preference. */
export function familiesOf(inetProtocols: Config['delivery']['inetProtocols']): readonly (4 | 6)[] {
  if (inetProtocols === 'ipv4') return [4];
  return inetProtocols === 'ipv6' ? [6] : [4, 6];
}
