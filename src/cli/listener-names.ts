import { isIP } from 'node:net';
import type { NetworkInterfaceInfo } from 'node:os';
import type { ShownNames } from '../certificates/shown-names.ts';
import { isHostName } from '../config/host-name.ts';
import { canonicalAddress, isUnspecifiedAddress } from '../core/dns/ip-address.ts';
import { toALabels } from '../core/mail/address.ts';
import { UsageError } from './usage-error.ts';

type Interfaces = Readonly<Record<string, readonly Pick<NetworkInterfaceInfo, 'address'>[] | undefined>>;

/**
 * All that a client may dial to reach a relay: its name, localhost, what it listens on, and what the operator adds. A
 * listener on all addresses has those of all interfaces, without link-local ones, which no client can dial by address alone.
 */
export function listenerNames(
  hostname: string,
  hosts: readonly string[],
  more: readonly string[],
  interfaces: Interfaces,
): ShownNames {
  const own = Object.values(interfaces).flatMap((addresses) => addresses ?? []);
  const dialled = hosts.flatMap((host) =>
    isUnspecifiedAddress(host) ? own.map(({ address }) => address) : [host],
  );
  const local = ['localhost', '127.0.0.1', '::1'];
  const shown = shownNames([hostname, ...local, ...dialled.filter((host) => !/^fe80:/i.test(host)), ...more]);
  return shown;
}

/** Names and addresses, each once, in their one form. Throws UsageError for a word that is neither. */
export function shownNames(words: readonly string[]): ShownNames {
  const names = new Set<string>();
  const addresses = new Set<string>();
  for (const word of words) {
    const address = canonicalAddress(word);
    const name = toALabels(word)?.toLowerCase();
    if (address !== undefined) addresses.add(address);
    else if (name !== undefined && isHostName(name) && isIP(word) === 0) names.add(name);
    else throw new UsageError(`"${word}" is neither the name of a host nor an IP address.`);
  }
  return { names: [...names], addresses: [...addresses] };
}
