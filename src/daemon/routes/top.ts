import { mostRows, type Top, type TopRow, type UnderWay } from '../../core/delivery/top-row.ts';
import type { ServePorts } from '../../delivery/serve-destination.ts';
import type { Queue } from '../../queue/open-queue.ts';
import { jsonAnswer, troubleAnswer, type StatusRoute } from '../../status/route.ts';

/** Who asks sooner gets the same answer: it costs Redis a count for each destination. */
const GOOD_FOR_MS = 1_000;

export interface TopPorts {
  readonly queue: Pick<Queue, 'overview'>;
  readonly activeDestinations: ServePorts['activeDestinations'];
  readonly now: () => number;
}

/**
 * `GET /api/top`: what waits at the destinations with the most mail, and what this process is doing about it
 * (core/delivery/top-row.ts).
 */
export function topRoute(ports: TopPorts): StatusRoute {
  const { now } = ports;
  let made: { readonly at: number; readonly top: Promise<Top> } | undefined;
  function current(): Promise<Top> {
    const isGood = made !== undefined && now() - made.at < GOOD_FOR_MS && now() >= made.at;
    if (!isGood || made === undefined) made = { at: now(), top: topOf(ports) };
    return made.top;
  }
  return {
    method: 'GET',
    path: '/api/top',
    level: 'look',
    async answer() {
      try {
        return jsonAnswer(await current());
      } catch (error) {
        made = undefined;
        if (error instanceof Error && error.name === 'QueueError') return troubleAnswer(503, error.message);
        throw error;
      }
    },
  };
}

async function topOf({ queue, activeDestinations, now }: TopPorts): Promise<Top> {
  const { rows, ...totals } = await queue.overview(mostRows);
  const shown: TopRow[] = rows.map((row) => {
    const served = activeDestinations.get(row.destination);
    if (served === undefined) return { ...row, underWay: [] };
    return { ...row, window: served.window(), underWay: longestFirst(served.underWay()) };
  });
  return { schema: 1, at: now(), isLive: true, ...totals, rows: shown };
}

function longestFirst(underWay: readonly UnderWay[]): readonly UnderWay[] {
  return underWay.toSorted((a, b) => a.since - b.since);
}
