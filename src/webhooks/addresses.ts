import { BlockList, isIP, isIPv6 } from 'node:net';

/** Addresses that are not those of a host on the Internet (RFC 6890 and its registries), and ways around them. */
// A list for each family: a rule for mapped addresses would be one for all of IPv4.
const special = { ipv4: new BlockList(), ipv6: new BlockList() };
for (const [address, prefix] of [
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
] as const) {
  special.ipv4.addSubnet(address, prefix, 'ipv4');
}
for (const [address, prefix] of [
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
] as const) {
  special.ipv6.addSubnet(address, prefix, 'ipv6');
}

/** Whether an address is that of a host on the Internet. */
export function isPublic(address: string): boolean {
  const plain = address.split('%', 1)[0] ?? '';
  const family = isIPv6(plain) ? 'ipv6' : 'ipv4';
  return isIP(plain) !== 0 && !special[family].check(plain, family);
}
