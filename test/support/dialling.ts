import type { UsableHost } from '../../src/core/route/host-policy.ts';
import type { Candidate, Connected, DeliverPorts } from '../../src/delivery/ports.ts';
import { createReachability } from '../../src/delivery/reachability.ts';

/** What becomes of a host that was reached. */
export type Connect = (
  candidate: Candidate,
  policy: UsableHost,
  nextHop: string,
  signal: AbortSignal,
) => Promise<Connected>;

/** Ports to hosts that all answer at once; what comes of it is the word of `connect`. */
export function dialling(connect: Connect): Pick<DeliverPorts, 'dial' | 'reachability' | 'headStartMs'> {
  return {
    dial: async (candidate) => ({
      kind: 'open',
      connection: {
        open: (policy, nextHop, signal) => connect(candidate, policy, nextHop, signal),
        close: () => undefined,
      },
    }),
    reachability: createReachability(() => 0),
    headStartMs: 60_000,
  };
}
