import type { Metrics } from '../../status/metrics.ts';
import type { StatusRoute } from '../../status/route.ts';

/**
 * `GET /health` (200 or 503, JSON) and `GET /metrics` (Prometheus).
 *
 * @param problems name of a part of the relay -> what is wrong with it, in words for the operator
 */
export function monitoringRoutes(
  problems: () => ReadonlyMap<string, string>,
  metrics: Pick<Metrics, 'text' | 'contentType'>,
): readonly StatusRoute[] {
  const metricsText = shared(() => metrics.text());
  return [
    {
      method: 'GET',
      path: '/health',
      level: 'open',
      async answer() {
        const current = problems();
        const status = current.size === 0 ? 'ok' : 'trouble';
        const body = `${JSON.stringify({ status, problems: Object.fromEntries(current) })}\n`;
        return { status: current.size === 0 ? 200 : 503, type: 'application/json', body };
      },
    },
    {
      method: 'GET',
      path: '/metrics',
      level: 'open',
      answer: async () => ({ status: 200, type: metrics.contentType, body: await metricsText() }),
    },
  ];
}

/** Requests that come while an answer is being made get the same answer. */
function shared<T>(make: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<T> | undefined;
  return () => {
    underWay ??= make().finally(() => (underWay = undefined));
    return underWay;
  };
}
