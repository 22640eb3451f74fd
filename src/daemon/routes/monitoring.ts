import type { Metrics } from '../../status/metrics.ts';
import type { StatusRoute } from '../../status/route.ts';

/** Name of a part of the relay -> what is wrong with it, in words for the operator. */
type Told = () => ReadonlyMap<string, string>;

export interface Monitored {
  /** Whatever somebody should look at. */
  readonly problems: Told;
  /** What keeps mail from being taken now; in a process that takes none, from being delivered. */
  readonly obstacles: Told;
  readonly metrics: Pick<Metrics, 'text' | 'contentType'>;
}

const nothing: ReadonlyMap<string, string> = new Map();

/**
 * `GET /health`, `/ready` and `/alive` (200 or 503, JSON) and `GET /metrics` (Prometheus). `/alive` is 200 whenever it is
 * answered: whoever restarts what does not answer must not restart it for a Redis or a resolver that is away, which would
 * mend neither.
 */
export function monitoringRoutes({ problems, obstacles, metrics }: Monitored): readonly StatusRoute[] {
  const metricsText = shared(() => metrics.text());
  return [
    state('/health', problems),
    state('/ready', obstacles),
    state('/alive', () => nothing),
    {
      method: 'GET',
      path: '/metrics',
      level: 'open',
      answer: async () => ({ status: 200, type: metrics.contentType, body: await metricsText() }),
    },
  ];
}

function state(path: string, told: Told): StatusRoute {
  return {
    method: 'GET',
    path,
    level: 'open',
    async answer() {
      const current = told();
      const status = current.size === 0 ? 'ok' : 'trouble';
      const body = `${JSON.stringify({ status, problems: Object.fromEntries(current) })}\n`;
      return { status: current.size === 0 ? 200 : 503, type: 'application/json', body };
    },
  };
}

/** Requests that come while an answer is being made get the same answer. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= make().finally(() => (underWay = undefined));
    return underWay;
  };
}
