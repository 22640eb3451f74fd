import { isIPv4 } from 'node:net';

/** The first half of an IPv6 address: the owner of one address has all of these (RFC 6177 §2). */
const PREFIX_GROUPS = 4;

/**
 * What an address shares with others of the same owner: an IPv4 address stands for itself, an IPv6 address for its
 * prefix of 64 bits. @param address IPv4 or IPv6, in any of its forms
 */
export function networkOf(address: string): string {
  if (isIPv4(address)) return address;
  const mapped = /^::ffff:(\d+(?:\.\d+){3})$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  const [head = '', tail] = address.toLowerCase().split('::');
  const groups = groupsOf(head);
  if (tail !== undefined) {
    const missing = 8 - groups.length - groupsOf(tail).length;
    groups.push(...Array<string>(Math.max(0, missing)).fill('0'), ...groupsOf(tail));
  }
  const prefix = groups.slice(0, PREFIX_GROUPS).map((group) => group.replace(/^0+(?=.)/, ''));
  return `${prefix.join(':')}::/64`;
}

/** The last four octets may be written as an IPv4 address (RFC 4291 §2.2); they are two groups, and never in the prefix. */
function groupsOf(text: string): string[] {
  if (text === '') return [];
  return text.split(':').flatMap((group) => (group.includes('.') ? ['0', '0'] : [group]));
}
