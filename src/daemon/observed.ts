import type { Exceptions } from '../core/tls-policy/exceptions.ts';
import { readFileSync } from 'node:fs';
import type { OpeningPorts } from '../delivery/openings.ts';
import type { ServePorts } from '../delivery/serve-destination.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { FairLookups } from '../resolver/fair-lookups.ts';
import { createMetrics, type Metrics } from '../status/metrics.ts';
import type { MemoryUse, ResolverFacts } from '../status/metrics-sources.ts';
import type { DestinationHealth } from './destination-health.ts';
import type { ListenerCertificates } from './listener-certificates.ts';
import type { Problems } from './problems.ts';
import type { Resolving } from './resolving.ts';

/** The parts that metrics come from, as far as they exist. */
export interface Observed {
  readonly activeDestinations: ServePorts['activeDestinations'];
  /** What takes memory -> how much. */
  readonly memory: Map<string, MemoryUse>;
  openings?: OpeningPorts;
  queue?: Queue;
  exceptions?: Pick<Exceptions, 'inForce'>;
  health?: Pick<DestinationHealth, 'summary'>;
  lookups?: FairLookups;
  resolving?: Pick<Resolving, 'state'>;
  /** Name of a listener -> its certificates. */
  certificates?: ReadonlyMap<string, Pick<ListenerCertificates, 'ends'>>;
}

export function metricsOf(observed: Observed, problems: Problems): Metrics {
  const resolver = resolverFacts(() => observed.resolving);
  return createMetrics({
    problems: () => problems.current(),
    suspended: async () => (await observed.queue?.suspended()) ?? 0,
    fill: () => observed.queue?.fill(),
    redis: () =>
      observed.queue && {
        up: observed.queue.refusal() === undefined,
        reconnects: observed.queue.reconnects(),
      },
    resolver,
    build: { version: version(), node: process.version },
    windows: () => [...observed.activeDestinations.values()].map((site) => site.window()),
    memory: () => new Map(observed.memory),
    fullAddresses: () => observed.openings?.addresses.full() ?? 0,
    waitingLookups: () => observed.lookups?.waiting() ?? 0,
    exceptions: () => observed.exceptions?.inForce() ?? [],
    health: () => observed.health?.summary(),
    certificates: () =>
      [...(observed.certificates ?? [])].flatMap(([listener, all]) =>
        all.ends().map((end) => ({ listener, ...end })),
      ),
  });
}

/** When it validated is as of the last look at the metrics. */
function resolverFacts(
  resolving: () => Pick<Resolving, 'state'> | undefined,
): () => ResolverFacts | undefined {
  let validatedAt: number | undefined;
  return () => {
    const state = resolving()?.state();
    if (state === undefined) return undefined;
    const { validating, answering } = state;
    if (validating) validatedAt = Date.now();
    return { validating, answering, ...(validatedAt !== undefined && { validatedAt }) };
  };
}

/** Of the package; empty if it is not beside us. */
function version(): string {
  try {
    const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
    return (JSON.parse(text) as { readonly version: string }).version;
  } catch {
    return '';
  }
}
