import { isIP, isIPv4, isIPv6 } from 'node:net';
import { isHostName } from './host-name.ts';

/** An address (or a host name, where one is allowed) and a port; IPv6 without brackets. */
export interface SocketAddress {
  readonly host: string;
  readonly port: number;
}

/** The place of a listener: on TCP, on a unix socket, or on a socket that systemd has opened under a name. */
export type ListenerAddress =
  | ({ readonly kind: 'tcp' } & SocketAddress)
  | { readonly kind: 'unix'; readonly path: string }
  | { readonly kind: 'systemd'; readonly name: string };

/** A block of addresses, in the form `net.BlockList` takes. */
export interface Network {
  readonly address: string;
  readonly prefix: number;
  readonly family: 'ipv4' | 'ipv6';
}

/** A parsed address, or a few words about what is wrong with it (empty if there is nothing to add). */
export type Parsed<T> = { readonly value: T } | { readonly reason: string };

const noComment = { reason: '' };

/** With nothing to add about why there is no value. */
export function parsed<T>(value: T | undefined): Parsed<T> {
  return value === undefined ? noComment : { value };
}

/** `127.0.0.1:2525`, `[::1]:2525`, `localhost:2525`. Port 0 asks the system for a free one. */
export function parseListenAddress(text: string): Parsed<SocketAddress> {
  const address = splitHostAndPort(text);
  if (address === undefined) return isIP(text) === 0 ? noComment : { reason: 'no port' };
  return isIP(address.host) !== 0 || isHostName(address.host) ? { value: address } : noComment;
}

/** sun_path of Linux has 108 octets, the last of them NUL. */
const longestSocketPath = 107;

/** As parseListenAddress(), or `unix:/path`, or `systemd:NAME` (sd_listen_fds_with_names(3)). */
export function parseListenerAddress(text: string): Parsed<ListenerAddress> {
  if (text.startsWith('unix:')) {
    const path = text.slice('unix:'.length);
    if (!path.startsWith('/') || path.includes('\0')) return { reason: 'no absolute path' };
    if (Buffer.byteLength(path) > longestSocketPath)
      return { reason: `more than ${longestSocketPath} octets` };
    return { value: { kind: 'unix', path } };
  }
  if (text.startsWith('systemd:')) {
    const name = text.slice('systemd:'.length);
    // systemd.socket(5): FileDescriptorName has no colon and no control characters.
    return /^[!-9;-~]{1,255}$/.test(name)
      ? { value: { kind: 'systemd', name } }
      : { reason: 'no name of a descriptor' };
  }
  const address = parseListenAddress(text);
  return 'value' in address ? { value: { kind: 'tcp', ...address.value } } : address;
}

/** As parseListenerAddress() reads it. */
export function showListenerAddress(address: ListenerAddress): string {
  if (address.kind === 'tcp') return showSocketAddress(address);
  return address.kind === 'unix' ? `unix:${address.path}` : `systemd:${address.name}`;
}

/** The place of an HTTP listener: an IP address with its port, or the path of a unix socket. */
export type HttpAddress = SocketAddress | { readonly path: string };

/** `127.0.0.1:8025`, `[::1]:8025`, `unix:/run/dane-relay/http.sock`. */
export function parseHttpAddress(text: string): Parsed<HttpAddress> {
  const [, path] = /^unix:(\/.{1,106})$/.exec(text) ?? [];
  if (path !== undefined) return { value: { path } };
  const address = splitHostAndPort(text);
  if (address === undefined) return isIP(text) === 0 ? noComment : { reason: 'no port' };
  return isIP(address.host) === 0 ? { reason: 'not an IP address' } : { value: address };
}

/** As `parseListenAddress` reads it. */
export function showSocketAddress({ host, port }: SocketAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** `127.0.0.1`, `127.0.0.1:5353`, `::1`, `[::1]:53`: an IP address, on port 53 unless it says otherwise. */
export function parseResolverAddress(text: string): Parsed<SocketAddress> {
  if (isIP(text) !== 0) return { value: { host: text, port: 53 } };
  const address = splitHostAndPort(text);
  if (address === undefined || address.port === 0) return noComment;
  return isIP(address.host) === 0 ? { reason: 'not an IP address' } : { value: address };
}

/** `192.0.2.0/24`, `2001:db8::/32`, `[2001:db8::]/32`; a lone address is a block of one. */
export function parseNetwork(text: string): Parsed<Network> {
  const [, bracketed, plain = '', digits] = /^(?:\[([^\]]*)\]|([^/]*))(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const address = bracketed ?? plain;
  const family = isIPv4(address) && bracketed === undefined ? 'ipv4' : 'ipv6';
  if (address.includes('%') || (family === 'ipv6' && !isIPv6(address))) return noComment;
  const width = family === 'ipv4' ? 32 : 128;
  const prefix = digits === undefined ? width : Number(digits);
  if (prefix > width) return { reason: `the longest prefix is /${width}` };

  const bits = family === 'ipv4' ? ipv4Bits(address) : ipv6Bits(address);
  const host = BigInt(width - prefix);
  const start = (bits >> host) << host;
  // A set bit after the prefix is a typing error that would open the relay to the wrong neighbours.
  if (start !== bits)
    return { reason: `not the start of a block; perhaps ${blockName(start, prefix, family)}` };
  return { value: { address, prefix, family } };
}

/** Whether only this machine can answer at that address. */
export function isLoopback(address: string): boolean {
  return (isIPv4(address) && address.startsWith('127.')) || (isIPv6(address) && ipv6Bits(address) === 1n);
}

function splitHostAndPort(text: string): SocketAddress | undefined {
  const [, bracketed, plain = '', digits] = /^(?:\[([^\]]+)\]|([^:[\]]+)):(\d{1,5})$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port > 65_535) return undefined;
  if (bracketed === undefined) return { host: plain, port };
  return isIPv6(bracketed) ? { host: bracketed, port } : undefined;
}

function ipv4Bits(address: string): bigint {
  return address.split('.').reduce((bits, octet) => (bits << 8n) | BigInt(octet), 0n);
}

function ipv6Bits(address: string): bigint {
  // The URL parser rewrites every form, an embedded IPv4 address included, to groups of hex digits.
  const [head = '', tail] = new URL(`http://[${address.split('%')[0]}]`).hostname.slice(1, -1).split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = Array<string>(8 - left.length - right.length).fill('0');
  return [...left, ...zeros, ...right].reduce((bits, group) => (bits << 16n) | BigInt(`0x${group}`), 0n);
}

function blockName(bits: bigint, prefix: number, family: 'ipv4' | 'ipv6'): string {
  if (family === 'ipv4')
    return `${[24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.')}/${prefix}`;
  const groups = bits.toString(16).padStart(32, '0').match(/.{4}/g) ?? [];
  return `${new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1)}/${prefix}`;
}
