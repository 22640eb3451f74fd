import type { Trouble } from '../core/mail/status.ts';
import type { Log } from '../core/log/log-event.ts';
import { recordLookups, watchSigned } from '../core/dns/lookup-trail.ts';
import { isLoop, type MailHosts } from '../core/route/hosts.ts';
import { parseNextHop, type Hosts, type Refusal } from '../core/route/next-hop.ts';
import type { Route } from './route.ts';
import { needsValidation, type Leg } from './leg.ts';
import { MIN_LIFE_MS, askedOf, candidateOf, type CandidatePorts, type CandidateRules } from './candidate.ts';
import { findAddresses, type AddressPorts, type AddressRules } from './find-addresses.ts';
import { exceptionUsed, relayhostProblem } from './log-lines.ts';
import { stickyOfLeg } from './sticky-of-leg.ts';
import { stsOfLeg } from './sts-of-leg.ts';

export interface RouteRules extends AddressRules, CandidateRules {
  /** Every host is spoken to with TLS from the first octet. */
  readonly wrapper: boolean;
  /** The destinations after the last one of every next hop; may be empty. */
  readonly fallbackRelay: string;
  /** The setting that names a next hop: `relayhost`, `transport_maps`. */
  readonly namedIn: (nextHop: string) => string | undefined;
}

export type RoutePorts = AddressPorts & CandidatePorts;

/** A route is looked up again after its shortest TTL, and after this time at the latest. */
const MAX_LIFE_MS = 100_000;
/** Mail that waits for the resolver tries again after this time. */
const WAIT_MS = 2_000;

/**
 * Where mail for a next hop goes: to its destinations in turn, and to the fallback relay after them. Each has a policy
 * of its own. At the DANE levels the relay believes an unsigned answer only if the resolver proves before and
 * afterwards that it validates: to a resolver that has lost DNSSEC, every domain looks unsigned (RFC 7672 §2.1.1). The
 * route has the trail of its lookups, those of later legs and of TLSA records too.
 */
export async function findRoute(
  nextHop: string,
  rules: RouteRules,
  ports: RoutePorts,
  signal: AbortSignal,
): Promise<Route> {
  const parsed = parseNextHop(nextHop);
  if (parsed.kind === 'refusal') return refusalRoute(parsed, ports.now());
  const fallback = rules.fallbackRelay === '' ? undefined : parseNextHop(rules.fallbackRelay);
  const legs = [
    ...legsOf(parsed, rules.namedIn(nextHop), rules),
    ...(fallback?.kind === 'hosts' ? legsOf(fallback, 'smtp_fallback_relay', rules) : []),
  ];
  const recorded = recordLookups(ports.lookup, ports.now);
  const route = await routeAlong(legs, rules, { ...ports, lookup: recorded.lookup }, signal);
  return route.kind === 'wait' ? route : { ...route, trail: () => recorded.trail() };
}

function refusalRoute({ outcome, dsn, reason }: Refusal, now: number): Route {
  // This trouble says nothing about a host: later mail need not be kept from it.
  const status = { outcome, dsn, reason, scope: 'message' } as const;
  return { kind: 'trouble', status, expiresAt: now + MAX_LIFE_MS };
}

function legsOf({ wrapper, destinations }: Hosts, namedIn: string | undefined, rules: RouteRules): Leg[] {
  return destinations.map((destination) => ({
    destination,
    ...askedOf(destination.nextHop, rules),
    version: rules.version(),
    wrapper: wrapper || rules.wrapper,
    ...(namedIn !== undefined && { namedIn }),
  }));
}

/**
 * The first leg that leads to a host, and where the route goes on from there. The other legs are looked up when their
 * turn comes.
 */
async function routeAlong(
  legs: readonly Leg[],
  rules: RouteRules,
  ports: RoutePorts,
  signal: AbortSignal,
): Promise<Route> {
  const [leg, ...rest] = legs;
  if (leg === undefined) throw new Error('a next hop without a destination');
  const { route, weAreMx, loops } = await routeTo(leg, rules, ports, signal);
  // A host that relays for us might send the mail back. Where this relay is an MX itself, mail waits for the more
  // preferred hosts.
  const others = weAreMx ? rest.filter(({ namedIn }) => namedIn !== 'smtp_fallback_relay') : rest;
  if (others.length === 0 || route.kind === 'wait') return route;
  if (route.kind === 'route') {
    const next = rememberRoute(() => routeAlong(others, rules, ports, signal), ports.now);
    return { ...route, next };
  }
  if (loops) return route;
  const next = await routeAlong(others, rules, ports, signal);
  // If one of them may be found tomorrow, the mail waits.
  const soft =
    next.kind === 'trouble' && next.status.outcome === 'bounced' && route.status.outcome === 'deferred';
  if (soft) return route;
  return next.kind === 'route' && route.status.outcome === 'deferred' ? { ...next, incomplete: true } : next;
}

/** The continuation is remembered only as long as it is valid, which may be shorter than the route itself. */
function rememberRoute(find: () => Promise<Route>, now: () => number): () => Promise<Route> {
  let known: Promise<Route> | undefined;
  let expiresAt = 0;
  return () => {
    if (known !== undefined && now() < expiresAt) return known;
    // Callers that come during the lookup wait for the same answer.
    expiresAt = Infinity;
    const found = find();
    known = found;
    const note = (at: number): void => {
      if (known === found) expiresAt = at;
    };
    found.then(
      (route) => note(route.kind === 'wait' ? 0 : route.expiresAt),
      () => note(0),
    );
    return found;
  };
}

interface Way {
  readonly route: Route;
  readonly weAreMx: boolean;
  /** No other destination is tried then. */
  readonly loops: boolean;
}

async function routeTo(leg: Leg, rules: RouteRules, ports: RoutePorts, signal: AbortSignal): Promise<Way> {
  const { now, log } = ports;
  const { asked, destination } = leg;
  if (asked.kind === 'level' && asked.exception !== undefined) {
    log(exceptionUsed(destination.nextHop, asked.exception));
  }
  const reason = 'DNSSEC validation is unavailable';
  const wait = (): Way => ({
    route: { kind: 'wait', untilMs: now() + WAIT_MS, reason },
    weAreMx: false,
    loops: false,
  });
  const needsDnssec = needsValidation(leg);
  if (needsDnssec && !(await ports.isValidating())) return wait();
  const sts = stsOfLeg(leg, rules.tls, ports, signal);
  // Behind unsigned MX records every host needs it, with TLSA records or without: it is looked up beside the addresses.
  const mxFound = (mx: MailHosts['mx']): void => {
    if (mx === 'insecure') sts?.begin();
  };
  const { lookup, allSigned, wordOf } = watchSigned(ports.lookup);
  const found = await findAddresses(leg, rules, { ...ports, lookup, mxFound }, signal);
  if (needsDnssec && !(await ports.isValidating())) return wait();
  const sticky = stickyOfLeg(leg, ports.sticky, wordOf);
  if ('outcome' in found) {
    const held = allSigned() ? undefined : await sticky?.withoutHost(found, rules.tls());
    const status = held ?? softened(found, leg, ports.log);
    // A loop that comes from a mistake in the settings can be corrected there.
    const route = { kind: 'trouble', status, expiresAt: now() + MIN_LIFE_MS } as const;
    return { route, weAreMx: false, loops: isLoop(found) };
  }
  const lifeMs = Math.min(Math.max(found.ttl * 1_000, MIN_LIFE_MS), MAX_LIFE_MS);
  const candidates = found.addresses.map((address) =>
    candidateOf(address, { ...found, leg, sts, sticky }, rules, ports, signal),
  );
  const { nextHop } = leg.destination;
  return {
    route: { kind: 'route', nextHop, candidates, expiresAt: now() + lifeMs, incomplete: found.incomplete },
    weAreMx: found.weAreMx,
    loops: false,
  };
}

/** A wrong next hop in the settings is no reason to return mail. */
function softened(status: Trouble, { namedIn }: Leg, log: Log): Trouble {
  if (status.outcome !== 'bounced' || namedIn === undefined) return status;
  log(relayhostProblem(namedIn));
  return { ...status, outcome: 'deferred', dsn: '4.3.5' };
}
