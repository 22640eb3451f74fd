import { networkInterfaces } from 'node:os';
import { canonicalAddress, familyOf } from '../../core/dns/ip-address.ts';
import { isInternetAddress } from '../../core/dns/internet-address.ts';
import { sourceAddress } from '../../resolver/source-address.ts';
import { familiesOf } from '../families.ts';
import type { DoctorContext } from './context.ts';

/**
 * Public addresses from which others see the mail of this machine: those that the operator has typed, otherwise those that the
 * system would use, otherwise those of delivery.proxy_interfaces. Empty if none is known.
 */
export async function outgoingAddresses({
  config,
  wishes,
}: Pick<DoctorContext, 'config' | 'wishes'>): Promise<readonly string[]> {
  if (wishes.addresses.length > 0) return wishes.addresses;
  const families = familiesOf(config.delivery.inetProtocols);
  const sources = await Promise.all(families.map(sourceAddress));
  const found = sources.filter((one) => one !== undefined).filter(isInternetAddress);
  if (found.length > 0) return found;
  return config.delivery.proxyInterfaces.filter((one) => families.some((family) => family === familyOf(one)));
}

/** Addresses that are this machine, in their one form. */
export function ownAddresses({ config, wishes }: DoctorContext): readonly string[] {
  const interfaces = Object.values(networkInterfaces()).flatMap((all) =>
    (all ?? []).map(({ address }) => address),
  );
  const all = [...wishes.addresses, ...interfaces, ...config.delivery.proxyInterfaces];
  return [...new Set(all.flatMap((address) => canonicalAddress(address) ?? []))];
}
