import type { Candidate } from '../../src/delivery/route.ts';
import type { Connected, Session } from '../../src/core/delivery/session.ts';
import type { UsableHost } from '../../src/core/tls-policy/host-policy.ts';
import { createMemoryBudget } from '../../src/core/memory-budget.ts';
import { createAddressLimit } from '../../src/delivery/address-limit.ts';
import type { OpeningPorts } from '../../src/delivery/openings.ts';
import type { DeliverPorts } from '../../src/delivery/ports.ts';
import { createReachability } from '../../src/delivery/reachability.ts';

/** What becomes of a host that was reached. */
export type Connect = (
  candidate: Candidate,
  policy: UsableHost,
  nextHop: string,
  signal: AbortSignal,
) => Promise<Connected>;

function endedWith(session: Session, ended: () => void): void {
  const close = session.close.bind(session);
  session.close = () => {
    ended();
    close();
  };
}

/** Ports to hosts that all answer at once; what comes of it is the word of `connect`. */
export function dialling(connect: Connect): Pick<DeliverPorts, 'dial' | 'reachability' | 'headStartMs'> {
  return {
    dial: async (candidate, _, ended = () => undefined) => ({
      kind: 'open',
      connection: {
        async open(policy, nextHop, signal) {
          const connected = await connect(candidate, policy, nextHop, signal);
          if (connected.kind === 'trouble') ended();
          else endedWith(connected.session, ended);
          return connected;
        },
        close: ended,
      },
    }),
    reachability: createReachability(() => 0),
    headStartMs: 60_000,
  };
}

/** Any number of connections, and all the memory there is. */
export function wideOpenings(): OpeningPorts {
  return {
    addresses: createAddressLimit({ limit: Infinity, now: () => 0, onFull: () => undefined }),
    memory: createMemoryBudget(Infinity),
  };
}
