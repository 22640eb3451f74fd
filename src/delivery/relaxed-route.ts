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

function relaxed(route: Route): Route {
  return route.kind === 'route' ? relaxedRoute(route) : route;
}

function relaxedCandidate(candidate: Candidate): Candidate {
  const { domain: _, ...others } = candidate;
  return { ...others, policy: candidate.relaxedPolicy ?? candidate.policy };
}
