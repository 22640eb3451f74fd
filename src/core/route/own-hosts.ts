import { canonicalAddress, isLoopbackAddress, isUnspecifiedAddress } from '../dns/ip-address.ts';

/** Where mail for this relay arrives: sending there as to an MX would send it to ourselves (RFC 5321 §5.1). */
export interface OwnHosts {
  /** Our own name. */
  readonly name: string;
  /** Addresses at which the relay listens or is reached by way of others, in the form of `canonicalAddress`. */
  readonly addresses: ReadonlySet<string>;
  /** Ports at which it may be reached there. */
  readonly ports: ReadonlySet<number>;
  /** Ports at which every loopback address is this relay, or a mail server of this machine that hands it its mail. */
  readonly loopbackPorts: ReadonlySet<number>;
}

export interface NamedAddress {
  readonly host: string;
  readonly address: string;
  readonly preference: number;
}

/** Of an address that the DNS gives, or whoever wrote the mail. */
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

/** What is left of the hosts of a domain when we are one of them. */
export type WithoutUs<T> =
  | { readonly kind: 'others'; readonly addresses: readonly T[]; readonly weAreMx: boolean }
  /** We are the best host there is: the mail would come back. */
  | { readonly kind: 'loop' }
  /** Better hosts are named, but have no address now. */
  | { readonly kind: 'primary missing' };

/**
 * RFC 5321 §5.1: whoever is an MX of a domain himself sends to better ones only. `ours` says which addresses are ours,
 * `named` are all hosts of the domain, whether they have an address or not.
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
