import type { Exceptions } from '../core/tls-policy/exceptions.ts';
import type { OpeningPorts } from '../delivery/openings.ts';
import type { ServePorts } from '../delivery/serve-destination.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { FairLookups } from '../resolver/fair-lookups.ts';
import { createMetrics, type MemoryUse, type Metrics } from '../status/metrics.ts';
import type { ListenerCertificates } from './listener-certificates.ts';
import type { Problems } from './problems.ts';

/** The parts that metrics come from, as far as they exist. */
export interface Observed {
  readonly activeDestinations: ServePorts['activeDestinations'];
  /** What takes memory -> how much. */
  readonly memory: Map<string, MemoryUse>;
  openings?: OpeningPorts;
  queue?: Queue;
  exceptions?: Pick<Exceptions, 'inForce'>;
  lookups?: FairLookups;
  /** Name of a listener -> its certificates. */
  certificates?: ReadonlyMap<string, Pick<ListenerCertificates, 'ends'>>;
}

export function metricsOf(observed: Observed, problems: Problems): Metrics {
  return createMetrics({
    problems: () => problems.current(),
    suspended: async () => (await observed.queue?.suspended()) ?? 0,
    fill: () => observed.queue?.fill(),
    windows: () => [...observed.activeDestinations.values()].map((site) => site.window()),
    memory: () => new Map(observed.memory),
    fullAddresses: () => observed.openings?.addresses.full() ?? 0,
    waitingLookups: () => observed.lookups?.waiting() ?? 0,
    exceptions: () => observed.exceptions?.inForce().length ?? 0,
    certificates: () =>
      [...(observed.certificates ?? [])].flatMap(([listener, all]) =>
        all.ends().map((end) => ({ listener, ...end })),
      ),
  });
}
