import { isIPv4, isIPv6 } from 'node:net';
import { canonicalAddress } from '../dns/ip-address.ts';
import { ipv6Text } from '../dns/ipv6-text.ts';

/*
 * What a balancer says of a connection before anything else: the PROXY protocol, versions 1 and 2 (proxy-protocol.txt of
 * HAProxy, sections 2.1 and 2.2).
 */

/** An end of the connection that the balancer accepted. */
export interface ProxiedEnd {
  /** IPv4, or IPv6 in its shortest form. */
  readonly address: string;
  readonly port: number;
}

/** What the first octets of a connection are. */
export type ProxyHeader =
  /** The header is not complete. */
  | { readonly kind: 'open' }
  | {
      readonly kind: 'client';
      readonly client: ProxiedEnd;
      /** What the client dialled. */
      readonly dialled: ProxiedEnd;
      /** What follows the header. */
      readonly rest: Buffer;
    }
  /** The balancer speaks for nobody (LOCAL), or does not say for whom (UNKNOWN): that is how it looks whether we are there. */
  | { readonly kind: 'health check'; readonly rest: Buffer }
  | { readonly kind: 'malformed'; readonly why: string };

/** Longest line of version 1, CRLF included. */
const longestLine = 107;
/** Longest header of version 2: more than it has to be, and what every path carries in one segment. */
const longestHeader = 536;

const lineStart = Buffer.from('PROXY ');
const signature = Buffer.from('0d0a0d0a000d0a515549540a', 'hex');
/** Signature, version and command, family, length. */
const fixedBytes = 16;

/** Families of version 2 in which there are TCP connections, and how many octets an address has. */
const tcpFamilies: Readonly<Record<number, number>> = { 0x11: 4, 0x21: 16 };
const unspecified = 0x00;

/** Reads the header that a connection begins with. Give it all octets so far; it looks at no more than a header may have. */
export function readProxyHeader(octets: Buffer): ProxyHeader {
  if (beginsLike(octets, signature)) return readBinary(octets);
  if (beginsLike(octets, lineStart)) return readLine(octets);
  return malformed('no PROXY header');
}

/** As far as there are octets. */
function beginsLike(octets: Buffer, start: Buffer): boolean {
  const length = Math.min(octets.length, start.length);
  return octets.compare(start, 0, length, 0, length) === 0;
}

function readLine(octets: Buffer): ProxyHeader {
  const end = octets.subarray(0, longestLine).indexOf('\n');
  if (end < 0)
    return octets.length < longestLine ? { kind: 'open' } : malformed('a PROXY line that is too long');
  const line = octets.toString('latin1', 0, end + 1);
  const rest = octets.subarray(end + 1);
  // Whatever follows this word is to be ignored.
  if (/^PROXY UNKNOWN(?: [^\r]*)?\r\n$/.test(line)) return { kind: 'health check', rest };
  const [, family, from = '', to = '', fromPort = '', toPort = ''] =
    /^PROXY (TCP[46]) (\S+) (\S+) (\d{1,5}) (\d{1,5})\r\n$/.exec(line) ?? [];
  const isAddress = family === 'TCP4' ? isIPv4 : isIPv6;
  if (family === undefined || !isAddress(from) || !isAddress(to))
    return malformed('a PROXY line that cannot be read');
  return proxied({ address: from, port: Number(fromPort) }, { address: to, port: Number(toPort) }, rest);
}

function readBinary(octets: Buffer): ProxyHeader {
  if (octets.length < fixedBytes) return { kind: 'open' };
  const end = fixedBytes + octets.readUInt16BE(14);
  const [command = 0, family = 0] = octets.subarray(12);
  if (command >> 4 !== 2) return malformed('a PROXY header of another version');
  if (end > longestHeader) return malformed('a PROXY header that is too long');
  if (octets.length < end) return { kind: 'open' };
  const rest = octets.subarray(end);
  if (command === 0x20) return { kind: 'health check', rest };
  if (command !== 0x21) return malformed('a PROXY header with an unknown command');
  if (family === unspecified) return { kind: 'health check', rest };
  const length = tcpFamilies[family];
  if (length === undefined) return malformed('a PROXY header for something other than TCP');
  const ports = fixedBytes + 2 * length;
  if (end < ports + 4) return malformed('a PROXY header without room for its addresses');
  const endAt = (address: number, port: number): ProxiedEnd => ({
    address: addressText(octets.subarray(address, address + length)),
    port: octets.readUInt16BE(port),
  });
  return proxied(endAt(fixedBytes, ports), endAt(fixedBytes + length, ports + 2), rest);
}

function addressText(octets: Uint8Array): string {
  return octets.length === 4 ? octets.join('.') : ipv6Text(octets);
}

function proxied(client: ProxiedEnd, dialled: ProxiedEnd, rest: Buffer): ProxyHeader {
  const [from, to] = [client, dialled].map(({ address, port }) => ({
    address: canonicalAddress(address),
    port,
  }));
  if (!isEnd(from) || !isEnd(to)) return malformed('a PROXY header with an address or port that is none');
  return { kind: 'client', client: from, dialled: to, rest };
}

function isEnd(
  end: { readonly address: string | undefined; readonly port: number } | undefined,
): end is ProxiedEnd {
  return end?.address !== undefined && end.port <= 0xffff;
}

function malformed(why: string): ProxyHeader {
  return { kind: 'malformed', why };
}
