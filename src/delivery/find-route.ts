import type { Answer, Failed, Found, Lookup } from '../core/dns/answer.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { parseDestination, type Destination } from '../core/route/destination.ts';
import type { HostPolicy } from '../core/route/host-policy.ts';
import { hostsOf, lookupTrouble, noAddress, type MailHosts } from '../core/route/hosts.ts';
import { isDane, type InsecureMxPolicy } from '../core/route/levels.ts';
import { orderAddresses, type AddressPreference } from '../core/route/order.ts';
import type { PolicyEntry } from '../core/route/policy-entry.ts';
import { hostPolicy } from '../core/route/tls-policy.ts';
import type { TlsSettings } from '../core/route/tls-settings.ts';
import { lookupTlsa, type TlsaFinding } from '../core/route/tlsa-lookup.ts';
import type { Candidate, Route } from './ports.ts';

export interface RouteRules {
  /** What the operator asks for towards a next hop. */
  readonly policy: (nextHop: string) => PolicyEntry;
  readonly tls: () => TlsSettings;
  readonly insecureMxPolicy: InsecureMxPolicy;
  /** Where the next hop names none. */
  readonly port: number;
  /** The next hop that the operator has named for all mail; empty if there is none. */
  readonly relayhost: string;
  readonly families: readonly (4 | 6)[];
  readonly prefer: AddressPreference;
  /** Addresses tried in one attempt. */
  readonly addressLimit: number;
}

export interface RoutePorts {
  readonly lookup: Lookup;
  /** Whether the resolver validates at this moment, from a new probe. */
  readonly isValidating: () => Promise<boolean>;
  readonly log: Log;
  readonly now: () => number;
  readonly dice: () => number;
}

/** A route is looked up again after the shortest TTL in it, but not more often and not less often than this. */
const MIN_LIFE_MS = 1_000;
const MAX_LIFE_MS = 100_000;
/** Mail that waits for the resolver looks again after this. */
const WAIT_MS = 2_000;

/**
 * Where mail for a next hop goes: MX, then addresses, in the order of RFC 5321 §5.1. TLSA records are looked up when a
 * host's turn comes. At the DANE levels an answer that is not signed is believed only if the resolver proves before and
 * afterwards that it validates: one that has lost its DNSSEC makes every domain look unsigned (RFC 7672 §2.1.1).
 */
export async function findRoute(
  nextHop: string,
  rules: RouteRules,
  ports: RoutePorts,
  signal: AbortSignal,
): Promise<Route> {
  const destination = parseDestination(nextHop);
  const asked = rules.policy(destination.nextHop);
  const needsDnssec = needsValidation(asked, destination);
  if (needsDnssec && !(await ports.isValidating())) return wait(ports.now());
  const route = await lookUp(destination, asked, rules, ports, signal);
  if (needsDnssec && !(await ports.isValidating())) return wait(ports.now());
  return route;
}

/** An address literal is never looked up: no resolver can mislead about it. */
function needsValidation(asked: PolicyEntry, { kind }: Destination): boolean {
  return asked.kind === 'level' && isDane(asked.level) && kind !== 'literal';
}

function wait(now: number): Route {
  return { kind: 'wait', untilMs: now + WAIT_MS };
}

/** An address with what is known of how it was found. */
interface FoundAddress {
  readonly host: string;
  readonly preference: number;
  readonly family: 4 | 6;
  readonly address: string;
  readonly answer: Pick<Found<string>, 'secure' | 'name' | 'aliases' | 'ttl'>;
}

async function lookUp(
  destination: Destination,
  asked: PolicyEntry,
  rules: RouteRules,
  ports: RoutePorts,
  signal: AbortSignal,
): Promise<Route> {
  const { nextHop, host } = destination;
  const { lookup, now } = ports;
  const trouble = (status: Trouble): Route => ({
    kind: 'trouble',
    status: nextHop === rules.relayhost ? softened(status, ports.log) : status,
    expiresAt: now() + MIN_LIFE_MS,
  });

  const mxAnswer = destination.kind === 'mx' ? await lookup(host, 'MX', signal) : undefined;
  if (mxAnswer?.kind === 'failed') logFailure(host, 'MX', mxAnswer, ports.log);
  const mailHosts = mxAnswer === undefined ? hostItself(host) : hostsOf(host, mxAnswer);
  if (!('kind' in mailHosts)) return trouble(mailHosts);

  const found = await Promise.all(
    mailHosts.hosts.map(({ name, preference }) =>
      addressesOf(name, preference, rules.families, ports, signal),
    ),
  );
  const addresses = found.flatMap((result) => ('addresses' in result ? result.addresses : []));
  if (addresses.length === 0) {
    const troubles = found.flatMap((result) => ('addresses' in result ? [] : [result]));
    if (mailHosts.mx !== 'none') {
      ports.log({
        component: 'smtp',
        severity: 'warning',
        event: 'lookup failed',
        text: `no MX host for ${nextHop} has a valid address record`,
      });
    }
    // One host that may have an address tomorrow is reason enough to wait (RFC 7672 §2.1.2).
    return trouble(
      troubles.find(({ outcome }) => outcome === 'deferred') ??
        troubles[0] ??
        noAddress(nextHop, 'NODATA', 'A'),
    );
  }

  const ordered = orderAddresses(addresses, rules.prefer, rules.addressLimit, ports.dice);
  const ttls = [
    ...ordered.map(({ answer }) => answer.ttl),
    ...(mxAnswer !== undefined && 'ttl' in mxAnswer ? [mxAnswer.ttl] : []),
  ];
  const lifeMs = Math.min(Math.max(Math.min(...ttls) * 1_000, MIN_LIFE_MS), MAX_LIFE_MS);
  const candidates = ordered.map((address) =>
    candidateOf(address, destination, mailHosts, asked, rules, ports),
  );
  return { kind: 'route', nextHop, candidates, expiresAt: now() + lifeMs };
}

/** A next hop that the operator has named wrongly is no reason to return anybody's mail. */
function softened(status: Trouble, log: Log): Trouble {
  if (status.outcome !== 'bounced') return status;
  log({
    component: 'smtp',
    severity: 'warning',
    event: 'relayhost problem',
    text: 'relayhost configuration problem',
  });
  return { ...status, outcome: 'deferred', dsn: '4.3.5' };
}

function hostItself(host: string): MailHosts {
  return { kind: 'hosts', hosts: [{ name: host, preference: 0 }], mx: 'none', expandedNextHop: host };
}

/** Both families side by side; one that fails is no matter while the other answers, and is judged by itself (maddy#292). */
async function addressesOf(
  name: string,
  preference: number,
  families: readonly (4 | 6)[],
  { lookup, log }: RoutePorts,
  signal: AbortSignal,
): Promise<{ readonly addresses: readonly FoundAddress[] } | Trouble> {
  const family = familyOf(name);
  if (family !== undefined) {
    // Of a family that is switched off, it is as good as none.
    if (!families.includes(family)) return noAddress(name, 'NODATA', family === 4 ? 'AAAA' : 'A');
    const answer = { secure: false, name, aliases: [], ttl: MAX_LIFE_MS / 1_000 };
    return { addresses: [{ host: name, preference, family, address: name, answer }] };
  }
  const answers = await Promise.all(
    families.map(async (wanted) => ({
      wanted,
      answer: await lookup(name, wanted === 4 ? 'A' : 'AAAA', signal),
    })),
  );
  for (const { wanted, answer } of answers) {
    if (answer.kind === 'failed') logFailure(name, wanted === 4 ? 'A' : 'AAAA', answer, log);
  }
  const addresses = answers.flatMap(({ wanted, answer }) =>
    answer.kind === 'found'
      ? answer.records.map((address) => ({ host: name, preference, family: wanted, address, answer }))
      : [],
  );
  return addresses.length > 0 ? { addresses } : noAddressTrouble(name, answers);
}

/** The verdict of a recipient has Postfix's words, which do not say what the resolver said. */
function logFailure(name: string, type: string, { cause, detail }: Failed, log: Log): void {
  const text = `DNS lookup problem: Name service error for name=${name} type=${type}: ${detail}`;
  log({
    component: 'smtp',
    severity: 'warning',
    event: 'lookup failed',
    text,
    fields: { name, type, cause },
  });
}

function noAddressTrouble(
  name: string,
  asked: readonly { readonly wanted: 4 | 6; readonly answer: Answer<string> }[],
): Trouble {
  const typeOf = (family: 4 | 6 | undefined): string => (family === 6 ? 'AAAA' : 'A');
  for (const { wanted, answer } of asked.toReversed()) {
    if (answer.kind === 'failed') return lookupTrouble(name, typeOf(wanted), answer);
  }
  const last = asked.at(-1);
  const denial = last?.answer.kind === 'absent' ? last.answer.denial : 'NODATA';
  return noAddress(name, denial, typeOf(last?.wanted));
}

function familyOf(name: string): 4 | 6 | undefined {
  if (name.includes(':')) return 6;
  return /^\d+\.\d+\.\d+\.\d+$/.test(name) ? 4 : undefined;
}

function candidateOf(
  { host, preference, family, address, answer }: FoundAddress,
  destination: Destination,
  mailHosts: MailHosts,
  asked: PolicyEntry,
  rules: RouteRules,
  ports: RoutePorts,
): Candidate {
  const { insecureMxPolicy } = rules;
  const { host: nextHop, port = rules.port } = destination;
  const { mx, expandedNextHop, hosts } = mailHosts;
  let policy: Promise<HostPolicy> | undefined;
  /** Epoch ms: when the TLSA records that it is made of are no longer to be relied on. */
  let staleAt = Infinity;

  async function findTlsa(): Promise<TlsaFinding> {
    const found = await lookupTlsa({ host, port, address: answer }, ports.lookup);
    // RFC 7671 §8.1: whoever changes keys waits for the TTL, and no longer. Where there are none the route's life is enough.
    if (found.kind === 'records') staleAt = ports.now() + Math.max(found.ttl * 1_000, MIN_LIFE_MS);
    return found;
  }

  async function decide(): Promise<HostPolicy> {
    staleAt = Infinity;
    const settings = rules.tls();
    const facts = { asked, settings, insecureMxPolicy, host, port, mx, nextHop, expandedNextHop };
    const decided = await hostPolicy(facts, findTlsa);
    for (const text of decided.warnings)
      ports.log({ component: 'smtp', severity: 'warning', event: 'TLSA unusable', text });
    // What failed is asked again by the next mail.
    if (decided.kind === 'skip') policy = undefined;
    const withoutDane = decided.kind === 'use' && !isDane(decided.level);
    if (needsValidation(asked, destination) && withoutDane && !(await ports.isValidating())) {
      policy = undefined;
      return {
        kind: 'skip',
        reason: 'DNSSEC validation is unavailable',
        dsn: '4.7.5',
        fault: 'resolver',
        warnings: [],
      };
    }
    return decided;
  }
  return {
    host,
    address,
    port,
    family,
    preference,
    // A relayhost that is ourselves is a slip of the operator's: the mail waits for him to mend it.
    best: destination.nextHop !== rules.relayhost && hosts.every((other) => other.preference >= preference),
    policy: () => {
      if (policy === undefined || ports.now() >= staleAt) policy = decide();
      return policy;
    },
  };
}
