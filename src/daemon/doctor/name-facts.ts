import type { Lookup } from '../../core/dns/answer.ts';
import { reverseName } from '../../core/dns/address-network.ts';
import { canonicalAddress } from '../../core/dns/ip-address.ts';
import type { NameFacts, PtrFacts } from '../../core/doctor/name.ts';
import { isFullName } from '../own-name.ts';
import type { DoctorContext } from './context.ts';
import { outgoingAddresses, ownAddresses } from './outgoing-addresses.ts';

/** A name may have many; whoever looks at them stops early, too. */
const MOST_NAMES = 5;

/** What the DNS says of this machine: name to addresses, addresses to names, and back. */
export async function nameFacts(context: DoctorContext): Promise<NameFacts> {
  const { config, hostname, resolving } = context;
  const name = await hostname();
  // As the deliveries do it.
  const heloName = config.delivery.heloName || (config.hostname !== '' || isFullName(name) ? name : '');
  const isFull = isFullName(heloName);
  const outgoing = await outgoingAddresses(context);
  const own = ownAddresses(context);
  const rest = { hostname: name, heloName, isFull, own, relayhost: config.delivery.relayhost };
  if (!isFull && outgoing.length === 0) return { ...rest, addresses: [], outgoing: [] };
  const { lookup } = await resolving();
  const [forward, reverse] = await Promise.all([
    isFull ? addressesOf(heloName, lookup) : { addresses: [] },
    Promise.all(outgoing.map((address) => ptrFacts(address, lookup))),
  ]);
  return { ...rest, ...forward, outgoing: reverse };
}

async function addressesOf(
  host: string,
  lookup: Lookup,
): Promise<Pick<NameFacts, 'addresses' | 'lookupFailed'>> {
  const answers = await Promise.all([lookup(host, 'A'), lookup(host, 'AAAA')]);
  const addresses = answers.flatMap((answer) => (answer.kind === 'found' ? answer.records : []));
  const failed = answers.find((answer) => answer.kind === 'failed');
  if (addresses.length === 0 && failed?.kind === 'failed') return { addresses, lookupFailed: failed.detail };
  return { addresses };
}

async function ptrFacts(address: string, lookup: Lookup): Promise<PtrFacts> {
  const answer = await lookup(reverseName(address), 'PTR');
  if (answer.kind === 'failed') return { address, names: [], confirmed: [], failed: answer.detail };
  const names = answer.kind === 'found' ? answer.records.slice(0, MOST_NAMES) : [];
  const back = await Promise.all(names.map((name) => addressesOf(name, lookup)));
  const isBack = (at: number): boolean =>
    back[at]?.addresses.some((one) => canonicalAddress(one) === canonicalAddress(address)) === true;
  return { address, names, confirmed: names.filter((_, at) => isBack(at)) };
}
