import { canonicalAddress, isLoopbackAddress, isUnspecifiedAddress } from '../dns/ip-address.ts';

/** Names, addresses and ports of this relay: an MX that is one of them would send mail back to it (RFC 5321 §5.1). */
export interface OwnHosts {
  /** Name of this relay. */
  readonly name: string;
  /** Addresses at which the relay listens, or at which others reach it, in the form of `canonicalAddress`. */
  readonly addresses: ReadonlySet<string>;
  /** Ports at which it may be reached at these addresses. */
  readonly ports: ReadonlySet<number>;
  /** Ports at which every loopback address is this relay, or a mail server of this machine that hands it mail. */
  readonly loopbackPorts: ReadonlySet<number>;
}

export interface NamedAddress {
  readonly host: string;
  readonly address: string;
  readonly preference: number;
}

/** For an address that comes from the DNS, or from the sender of the mail. */
export function isOwn(
  { host, address }: Pick<NamedAddress, 'host' | 'address'>,
  port: number,
  own: OwnHosts,
): boolean {
  if (isLoopbackAddress(address) && own.loopbackPorts.has(port)) return true;
  if (!own.ports.has(port)) return false;
  const known = own.addresses.has(canonicalAddress(address) ?? address);
  return known || isUnspecifiedAddress(address) || isOwnName(host, own);
}

export function isOwnName(host: string, { name }: OwnHosts): boolean {
  return host.toLowerCase() === name.toLowerCase();
}

/** The hosts of a domain that are left if this relay is one of them. */
export type WithoutUs<T> =
  | { readonly kind: 'others'; readonly addresses: readonly T[]; readonly weAreMx: boolean }
  /** This relay is the most preferred host, so the mail would come back. */
  | { readonly kind: 'loop' }
  /** More preferred hosts exist, but have no address now. */
  | { readonly kind: 'primary missing' };

/**
 * RFC 5321 §5.1: an MX of a domain sends only to more preferred hosts. `ours` tells which addresses belong to this
 * relay; `named` are all hosts of the domain, with or without an address.
 */
export function withoutUs<T extends NamedAddress>(
  addresses: readonly T[],
  ours: (address: T) => boolean,
  named: readonly { readonly preference: number; readonly ours: boolean }[],
): WithoutUs<T> {
  const preferenceOf = ({ preference }: { readonly preference: number }): number => preference;
  const us = [...addresses.filter(ours), ...named.filter((host) => host.ours)].map(preferenceOf);
  if (us.length === 0) return { kind: 'others', addresses, weAreMx: false };
  const limit = Math.min(...us);
  const better = addresses.filter(({ preference }) => preference < limit);
  if (better.length > 0) return { kind: 'others', addresses: better, weAreMx: true };
  return { kind: Math.min(...named.map(preferenceOf)) < limit ? 'primary missing' : 'loop' };
}
