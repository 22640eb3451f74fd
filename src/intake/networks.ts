import { BlockList, isIPv6, isIP } from 'node:net';

/** Addresses of which the answer is remembered: it is asked for with each command, and takes as long as its reply. */
const MOST_KNOWN = 1_000;

/**
 * Which clients may relay (Postfix `mynetworks`): addresses and networks such as `192.0.2.0/24`, `2001:db8::/32`,
 * `[2001:db8::]/32`. The returned function takes an address without brackets; an IPv4-mapped one counts as IPv4.
 * Throws for text that is no network.
 */
export function parseNetworks(networks: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const network of networks) {
    const [, address = '', prefix] = /^\[?([\da-f:.]+)\]?(?:\/(\d{1,3}))?$/i.exec(network) ?? [];
    const longest = isIP(address) === 6 ? 128 : 32;
    if (isIP(address) === 0 || Number(prefix ?? 0) > longest) throw new Error(`no network: ${network}`);
    list.addSubnet(address, Number(prefix ?? longest), family(address));
  }
  const known = new Map<string, boolean>();
  const ask = (address: string): boolean => {
    const zone = address.indexOf('%');
    const plain = zone === -1 ? address : address.slice(0, zone);
    return isIP(plain) !== 0 && list.check(plain, family(plain));
  };
  return (address) => {
    const remembered = known.get(address);
    if (remembered !== undefined) return remembered;
    if (known.size >= MOST_KNOWN) known.clear();
    const answer = ask(address);
    known.set(address, answer);
    return answer;
  };
}

function family(address: string): 'ipv4' | 'ipv6' {
  return isIPv6(address) ? 'ipv6' : 'ipv4';
}
