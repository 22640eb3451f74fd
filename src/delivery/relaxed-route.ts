import type { Candidate, FoundRoute, Route } from './route.ts';

/** The same hosts for a report about TLS: under relaxed policies, and with nothing to be reported of its sessions. */
export function relaxedRoute(route: FoundRoute): FoundRoute {
  const { next } = route;
  return {
    ...route,
    candidates: route.candidates.map(relaxedCandidate),
    ...(next !== undefined && { next: async () => relaxed(await next()) }),
  };
}

/** The same hosts, with nothing to be reported of their sessions: the mail asks for less than their domain does (RFC 8689 §3). */
export function untoldRoute(route: FoundRoute): FoundRoute {
  const { next } = route;
  const untold = (other: Route): Route => (other.kind === 'route' ? untoldRoute(other) : other);
  return {
    ...route,
    candidates: route.candidates.map(untoldCandidate),
    ...(next !== undefined && { next: async () => untold(await next()) }),
  };
}

function relaxed(route: Route): Route {
  return route.kind === 'route' ? relaxedRoute(route) : route;
}

function relaxedCandidate(candidate: Candidate): Candidate {
  const { domain: _, ...others } = candidate;
  return { ...others, policy: candidate.relaxedPolicy ?? candidate.policy };
}

function untoldCandidate(candidate: Candidate): Candidate {
  const { domain: _, ...others } = candidate;
  return others;
}
