import { isIPv4, isIPv6 } from 'node:net';

/**
 * An IP address in its one text: four decimal numbers without leading zeros, or IPv6 in its shortest form (RFC 5952).
 * Undefined for everything else, including spellings that a system's resolver would also take for an address: `127.1`,
 * `0177.0.0.1`, `2130706433`, `fe80::1%eth0`.
 */
export function parseIpAddress(text: string): string | undefined {
  if (isIPv4(text)) return text;
  return isIPv6(text) && !text.includes('%') ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : undefined;
}

export function familyOf(text: string): 4 | 6 | undefined {
  const address = parseIpAddress(text);
  return address === undefined ? undefined : address.includes(':') ? 6 : 4;
}

/** The same, with an IPv4-mapped IPv6 address (RFC 4291 §2.5.5.2) as the IPv4 address that it is. */
export function canonicalAddress(text: string): string | undefined {
  const address = parseIpAddress(text);
  const [, high, low] = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/.exec(address ?? '') ?? [];
  if (high === undefined || low === undefined) return address;
  const bits = [high, low].map((group) => Number.parseInt(group, 16));
  return bits.flatMap((group) => [group >> 8, group & 255]).join('.');
}

/**
 * Whether an IP address (not a host name) is one of this machine's own, whatever its interfaces: 127.0.0.0/8 and ::1.
 * RFC 7672 §2.1.1 lets the AD bit count only if nothing can stand between the relay and the resolver, which is certain
 * here.
 */
export function isLoopbackAddress(text: string): boolean {
  const address = canonicalAddress(text);
  return address === '::1' || address?.startsWith('127.') === true;
}

/** 0.0.0.0/8 and ::, "this host" (RFC 1122 §3.2.1.3, RFC 4291 §2.5.2): a connection there is one to ourselves. */
export function isUnspecifiedAddress(text: string): boolean {
  const address = canonicalAddress(text);
  return address === '::' || address?.startsWith('0.') === true;
}
