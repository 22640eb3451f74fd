import type { Trouble } from '../core/mail/status.ts';
import type { Log } from '../core/log/log-event.ts';
import { isLoop } from '../core/route/hosts.ts';
import { parseNextHop, type Hosts, type Refusal } from '../core/route/next-hop.ts';
import type { Route } from './route.ts';
import { needsValidation, type Leg } from './leg.ts';
import { MIN_LIFE_MS, candidateOf, type CandidatePorts, type CandidateRules } from './candidate.ts';
import { findAddresses, type AddressPorts, type AddressRules } from './find-addresses.ts';
import { relayhostProblem } from './log-lines.ts';

export interface RouteRules extends AddressRules, CandidateRules {
  /** TLS from the first octet with every host. */
  readonly wrapper: boolean;
  /** What comes after the last destination of every next hop; empty: nothing. */
  readonly fallbackRelay: string;
  /** The setting that names a next hop: `relayhost`, `transport_maps`. */
  readonly namedIn: (nextHop: string) => string | undefined;
}

export type RoutePorts = AddressPorts & CandidatePorts;

/** A route is looked up again after the shortest TTL in it, but not less often than this. */
const MAX_LIFE_MS = 100_000;
/** Mail that waits for the resolver looks again after this. */
const WAIT_MS = 2_000;

/**
 * Where mail for a next hop goes: to its destinations in turn, and to the fallback relay after them. Each has a policy
 * of its own. At the DANE levels an answer that is not signed is believed only if the resolver proves before and
 * afterwards that it validates: one that has lost its DNSSEC makes every domain look unsigned (RFC 7672 §2.1.1).
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
  return routeAlong(legs, rules, ports, signal);
}

function refusalRoute({ outcome, dsn, reason }: Refusal, now: number): Route {
  // It says nothing about a host: mail that comes after this one need not be kept from it.
  const status = { outcome, dsn, reason, scope: 'message' } as const;
  return { kind: 'trouble', status, expiresAt: now + MAX_LIFE_MS };
}

function legsOf({ wrapper, destinations }: Hosts, namedIn: string | undefined, rules: RouteRules): Leg[] {
  return destinations.map((destination) => ({
    destination,
    asked: rules.policy(destination.nextHop),
    version: rules.version(),
    wrapper: wrapper || rules.wrapper,
    ...(namedIn !== undefined && { namedIn }),
  }));
}

/** The first leg that leads somewhere, with the way on behind it. The others are looked up when their turn comes. */
async function routeAlong(
  legs: readonly Leg[],
  rules: RouteRules,
  ports: RoutePorts,
  signal: AbortSignal,
): Promise<Route> {
  const [leg, ...rest] = legs;
  if (leg === undefined) throw new Error('a next hop without a destination');
  const { route, weAreMx } = await routeTo(leg, rules, ports, signal);
  // Whoever relays for us may well send it back: where we are an MX, mail waits for the better ones.
  const others = weAreMx ? rest.filter(({ namedIn }) => namedIn !== 'smtp_fallback_relay') : rest;
  if (others.length === 0 || route.kind === 'wait') return route;
  if (route.kind === 'route') {
    const next = rememberRoute(() => routeAlong(others, rules, ports, signal), ports.now);
    return { ...route, next };
  }
  if (isLoop(route.status)) return route;
  const next = await routeAlong(others, rules, ports, signal);
  // One that may be found tomorrow is reason enough to wait.
  const soft =
    next.kind === 'trouble' && next.status.outcome === 'bounced' && route.status.outcome === 'deferred';
  return soft ? route : next;
}

/** The way on is remembered for as long as it holds, which may be shorter than the route that it goes on from. */
function rememberRoute(find: () => Promise<Route>, now: () => number): () => Promise<Route> {
  let known: Promise<Route> | undefined;
  let expiresAt = 0;
  return () => {
    if (known !== undefined && now() < expiresAt) return known;
    // While it is looked up others wait for the same answer.
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
}

async function routeTo(leg: Leg, rules: RouteRules, ports: RoutePorts, signal: AbortSignal): Promise<Way> {
  const { now } = ports;
  const reason = 'DNSSEC validation is unavailable';
  const wait = (): Way => ({ route: { kind: 'wait', untilMs: now() + WAIT_MS, reason }, weAreMx: false });
  const needsDnssec = needsValidation(leg);
  if (needsDnssec && !(await ports.isValidating())) return wait();
  const found = await findAddresses(leg, rules, ports, signal);
  if (needsDnssec && !(await ports.isValidating())) return wait();
  if ('outcome' in found) {
    const status = softened(found, leg, ports.log);
    // A loop that the operator's slip makes is one that he can mend.
    return { route: { kind: 'trouble', status, expiresAt: now() + MIN_LIFE_MS }, weAreMx: false };
  }
  const lifeMs = Math.min(Math.max(found.ttl * 1_000, MIN_LIFE_MS), MAX_LIFE_MS);
  const candidates = found.addresses.map((address) => candidateOf(address, { ...found, leg }, rules, ports));
  const { nextHop } = leg.destination;
  return {
    route: { kind: 'route', nextHop, candidates, expiresAt: now() + lifeMs },
    weAreMx: found.weAreMx,
  };
}

/** A next hop that the operator has named wrongly is no reason to return anybody's mail. */
function softened(status: Trouble, { namedIn }: Leg, log: Log): Trouble {
  if (status.outcome !== 'bounced' || namedIn === undefined) return status;
  log(relayhostProblem(namedIn));
  return { ...status, outcome: 'deferred', dsn: '4.3.5' };
}
