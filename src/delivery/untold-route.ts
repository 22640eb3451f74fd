import type { Candidate, FoundRoute, Route } from './route.ts';

/**
 * The same hosts, with nothing to be reported of their sessions: the mail asks for less than their domain does (RFC 8689
 * §3), or is such a report itself.
 */
export function untoldRoute(route: FoundRoute): FoundRoute {
  const { next } = route;
  const untold = (other: Route): Route => (other.kind === 'route' ? untoldRoute(other) : other);
  return {
    ...route,
    candidates: route.candidates.map(untoldCandidate),
    ...(next !== undefined && { next: async () => untold(await next()) }),
  };
}

function untoldCandidate(candidate: Candidate): Candidate {
  const { domain: _, ...others } = candidate;
  return others;
}
