import type { Lookup } from '../core/dns/answer.ts';
import type { ServePorts } from '../delivery/serve-destination.ts';
import type { Judge } from '../session/target.ts';
import type { Meters } from '../status/meters.ts';

/** Parts of the relay whose work is counted and timed. */

const now = performance.now.bind(performance);

/** @param tell with the answer, and how long it took */
export function meteredLookup(
  lookup: Lookup,
  tell: (type: Parameters<Lookup>[1], answer: Awaited<ReturnType<Lookup>>, tookMs: number) => void,
): Lookup {
  return async (name, type, signal) => {
    const begun = now();
    const answer = await lookup(name, type, signal);
    tell(type, answer, now() - begun);
    return answer;
  };
}

export function meteredRoutes(
  findRoute: ServePorts['findRoute'],
  { routed }: Pick<Meters, 'routed'>,
): ServePorts['findRoute'] {
  return async (destination, signal) => {
    const begun = now();
    const route = await findRoute(destination, signal);
    routed(now() - begun);
    return route;
  };
}

type Dial = ServePorts['deliver']['dial'];

/** Times connections, and counts the sessions that are made on them. */
export function meteredDial(dial: Dial, { dialled, opened }: Pick<Meters, 'dialled' | 'opened'>): Dial {
  return async (...call) => {
    const begun = now();
    const found = await dial(...call);
    dialled(now() - begun, found.kind === 'open');
    if (found.kind !== 'open') return found;
    const { connection } = found;
    const open: typeof connection.open = async (...wish) => {
      const connected = await connection.open(...wish);
      if (connected.kind === 'open') opened(connected.session.tls?.word ?? 'clear');
      return connected;
    };
    return { ...found, connection: { ...connection, open } };
  };
}

export function meteredJudge(judge: Judge, { judged }: Pick<Meters, 'judged'>): Judge {
  return (chain, policy, at) => {
    const judgement = judge(chain, policy, at);
    judged(policy, judgement);
    return judgement;
  };
}
