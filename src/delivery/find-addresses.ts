import type { Answer, Failed, Found, Lookup } from '../core/dns/answer.ts';
import { familyOf } from '../core/dns/ip-address.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Log } from '../core/log/log-event.ts';
import {
  hostsOf,
  lookupTrouble,
  loopTrouble,
  noAddress,
  type MailHost,
  type MailHosts,
} from '../core/route/hosts.ts';
import { orderAddresses, type AddressOrder } from '../core/route/order.ts';
import { isOwn, isOwnName, withoutUs, type OwnHosts } from '../core/route/own-hosts.ts';
import type { Leg } from './leg.ts';
import { lookupFailed, malformedMx, noHostHasAddress, numericMx } from './log-lines.ts';

export interface AddressRules {
  /** Port where the next hop names none. */
  readonly port: number;
  readonly families: readonly (4 | 6)[];
  readonly order: AddressOrder;
  readonly own: () => OwnHosts;
}

export interface AddressPorts {
  readonly lookup: Lookup;
  readonly log: Log;
  readonly dice: () => number;
  /** The MX records are known, the addresses not yet. */
  readonly mxFound?: (mx: MailHosts['mx']) => void;
}

/** An address, and how it was found. */
export interface FoundAddress {
  readonly host: string;
  readonly preference: number;
  readonly family: 4 | 6;
  readonly address: string;
  readonly answer: Pick<Found<string>, 'secure' | 'name' | 'aliases' | 'ttl'>;
}

export interface FoundHosts {
  readonly mailHosts: MailHosts;
  /** In the order in which they are tried. */
  readonly addresses: readonly FoundAddress[];
  /** This relay is itself a host of the destination, and others are more preferred. */
  readonly weAreMx: boolean;
  /** No address of some host is among them, although it may have one: a lookup failed, or there are too many. */
  readonly incomplete: boolean;
  /** Seconds. */
  readonly ttl: number;
}

/** Postfix's dns_rr_list_limit: names and addresses beyond this number are ignored. */
const LIMIT = 100;
/** Hosts whose addresses are looked up at the same time. */
const HOSTS_AT_ONCE = 20;
/** Names of MX records that get a warning, for each domain. */
const MOST_WARNINGS = 10;
/** Life of what does not come from the DNS. */
const LITERAL_TTL = 100;

/**
 * The addresses of a destination, in the order of RFC 5321 §5.1: MX, then A and AAAA of each host. A failed lookup
 * proves nothing, and the mail waits (RFC 7672 §2.1.2).
 */
export async function findAddresses(
  { destination, namedIn }: Pick<Leg, 'destination' | 'namedIn'>,
  rules: AddressRules,
  ports: AddressPorts,
  signal: AbortSignal,
): Promise<FoundHosts | Trouble> {
  const { host, kind, nextHop, port = rules.port } = destination;
  const mxAnswer = kind === 'mx' ? await ports.lookup(host, 'MX', signal) : undefined;
  if (mxAnswer?.kind === 'failed') ports.log(lookupFailed(host, 'MX', mxAnswer));
  const mailHosts = mxAnswer === undefined ? hostItself(host) : hostsOf(host, mxAnswer);
  if (!('kind' in mailHosts)) return mailHosts;
  ports.mxFound?.(mailHosts.mx);
  if (mailHosts.mx !== 'none') warnOfNames(host, mailHosts, ports.log);
  if (mailHosts.hosts.length === 0) return lookupTrouble(host, 'MX', noHostNamed);

  const { addresses, troubles, isCut } = await addressesOfAll(mailHosts, rules, ports, signal);
  const own = rules.own();
  // An operator that names a host itself means that host, whichever it is. An address literal that the operator has not
  // named comes from a stranger.
  const mayBeUs = kind === 'mx' || (kind === 'literal' && namedIn === undefined);
  const named = mailHosts.hosts.map(({ name, preference }) => ({
    preference,
    ours: mayBeUs && own.ports.has(port) && isOwnName(name, own),
  }));
  const others = withoutUs(addresses, (address) => mayBeUs && isOwn(address, port, own), named);
  if (others.kind !== 'others') return loopTrouble(kind === 'literal' ? nextHop : host, others.kind);
  const unfounded = mxAnswer?.kind === 'absent' && mxAnswer.denial === 'empty';
  if (others.addresses.length === 0) {
    if (unfounded) ports.log(lookupFailed(host, 'MX', emptyReply));
    const all = unfounded ? [lookupTrouble(host, 'MX', emptyReply), ...troubles] : troubles;
    return nobody(host, mailHosts, all, ports.log);
  }

  const ordered = orderAddresses(others.addresses, rules.order, ports.dice);
  const ttls = ordered.map(({ answer }) => answer.ttl);
  if (mxAnswer !== undefined && 'ttl' in mxAnswer) ttls.push(mxAnswer.ttl);
  const kept = new Set(ordered.map((address) => address.host));
  const incomplete =
    isCut ||
    unfounded ||
    troubles.some(({ outcome }) => outcome === 'deferred') ||
    others.addresses.some((address) => !kept.has(address.host));
  return { mailHosts, addresses: ordered, weAreMx: others.weAreMx, incomplete, ttl: Math.min(...ttls) };
}

function hostItself(host: string): MailHosts {
  const hosts = [{ name: host, preference: 0 }];
  return { kind: 'hosts', hosts, nameless: [], mx: 'none', expandedNextHop: host };
}

/**
 * RFC 5321 §5.1 demands the name of a host. If there is an address instead, mail goes to it all the same, without DANE.
 * Anything else is skipped.
 */
function warnOfNames(domain: string, { hosts, nameless }: MailHosts, log: Log): void {
  const numbers = hosts.map(({ name }) => name).filter((name) => familyOf(name) !== undefined);
  for (const name of numbers.slice(0, MOST_WARNINGS)) log(numericMx(domain, name));
  for (const name of nameless.slice(0, MOST_WARNINGS)) log(malformedMx(domain, name.slice(0, 100)));
}

const noHostNamed: Failed = { kind: 'failed', cause: 'malformed', detail: 'no MX record names a host' };

/** An empty reply is reason enough to go on without the record, but not to return mail. */
const emptyReply: Failed = {
  kind: 'failed',
  cause: 'malformed',
  detail: 'no records, and no SOA record of a zone that denies them',
};

interface AddressesOfAll {
  readonly addresses: readonly FoundAddress[];
  readonly troubles: readonly Trouble[];
  /** There are hosts beyond LIMIT. */
  readonly isCut: boolean;
}

/** The most preferred hosts first, until there are enough. */
async function addressesOfAll(
  { hosts }: MailHosts,
  { families }: AddressRules,
  ports: AddressPorts,
  signal: AbortSignal,
): Promise<AddressesOfAll> {
  const best = hosts.toSorted((a, b) => a.preference - b.preference).slice(0, LIMIT);
  const addresses: FoundAddress[] = [];
  const troubles: Trouble[] = [];
  let heard = 0;
  for (let start = 0; start < best.length && addresses.length < LIMIT; start += HOSTS_AT_ONCE) {
    const found = await Promise.all(
      best.slice(start, start + HOSTS_AT_ONCE).map((host) => addressesOf(host, families, ports, signal)),
    );
    for (const result of found) {
      const room = LIMIT - addresses.length;
      if ('addresses' in result) addresses.push(...result.addresses.slice(0, room));
      else troubles.push(result);
      if (room > 0) heard += 1;
    }
  }
  return { addresses, troubles, isCut: heard < hosts.length };
}

/** If a single host may have an address tomorrow, the mail waits (RFC 7672 §2.1.2). */
function nobody(domain: string, { mx }: MailHosts, troubles: readonly Trouble[], log: Log): Trouble {
  if (mx !== 'none') log(noHostHasAddress(domain));
  return (
    troubles.find(({ outcome }) => outcome === 'deferred') ?? troubles[0] ?? noAddress(domain, 'NODATA', 'A')
  );
}

/**
 * Both families are looked up at the same time. If one fails, the other still counts, and each is judged by itself
 * (maddy#292).
 */
async function addressesOf(
  { name, preference }: MailHost,
  families: readonly (4 | 6)[],
  { lookup, log }: AddressPorts,
  signal: AbortSignal,
): Promise<{ readonly addresses: readonly FoundAddress[] } | Trouble> {
  const family = familyOf(name);
  if (family !== undefined) {
    // An address of a family that is switched off counts as none.
    if (!families.includes(family)) return noAddress(name, 'NODATA', family === 4 ? 'AAAA' : 'A');
    const answer = { secure: false, name, aliases: [], ttl: LITERAL_TTL };
    return { addresses: [{ host: name, preference, family, address: name, answer }] };
  }
  const answers = await Promise.all(
    families.map(async (wanted) => ({
      wanted,
      answer: await lookup(name, wanted === 4 ? 'A' : 'AAAA', signal),
    })),
  );
  const addresses = answers.flatMap(({ wanted, answer }) =>
    answer.kind === 'found'
      ? answer.records.map((address) => ({ host: name, preference, family: wanted, address, answer }))
      : [],
  );
  const judged = addresses.length > 0 ? answers : answers.map(withoutEmpty);
  for (const { wanted, answer } of judged) {
    if (answer.kind === 'failed') log(lookupFailed(name, wanted === 4 ? 'A' : 'AAAA', answer));
  }
  return addresses.length > 0 ? { addresses } : noAddressTrouble(name, judged);
}

interface Asked {
  readonly wanted: 4 | 6;
  readonly answer: Answer<string>;
}

function withoutEmpty({ wanted, answer }: Asked): Asked {
  const isEmpty = answer.kind === 'absent' && answer.denial === 'empty';
  return { wanted, answer: isEmpty ? emptyReply : answer };
}

function noAddressTrouble(name: string, asked: readonly Asked[]): Trouble {
  const typeOf = (family: 4 | 6 | undefined): string => (family === 6 ? 'AAAA' : 'A');
  for (const { wanted, answer } of asked.toReversed()) {
    if (answer.kind === 'failed') return lookupTrouble(name, typeOf(wanted), answer);
  }
  const last = asked.at(-1);
  const isUnknown = last?.answer.kind === 'absent' && last.answer.denial === 'NXDOMAIN';
  return noAddress(name, isUnknown ? 'NXDOMAIN' : 'NODATA', typeOf(last?.wanted));
}
