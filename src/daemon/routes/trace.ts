import { readTraceFilter, type TraceFilter } from '../../core/trace/trace-filter.ts';
import { mostListeners, type TraceHub } from '../../core/trace/trace-hub.ts';
import { listeningRecord, stoppedRecord, type TraceRecord } from '../../core/trace/trace-record.ts';
import { troubleAnswer, type StatusRoute } from '../../status/route.ts';

/**
 * `GET /api/trace?domain=&host=&address=&recipient=`: the sessions that fit, live, as one record of JSON in each line
 * (docs/operating.md). It ends when the relay stops.
 */
export function traceRoute(hub: TraceHub, now: () => number): StatusRoute {
  return {
    method: 'GET',
    path: '/api/trace',
    level: 'look',
    async answer({ url, signal }) {
      const filter = readTraceFilter(url.searchParams);
      if ('problem' in filter) return troubleAnswer(400, filter.problem);
      if (!hub.hasRoom()) return troubleAnswer(503, `there are ${mostListeners} readers already`);
      return {
        status: 200,
        type: 'application/x-ndjson; charset=utf-8',
        body: records(hub, filter, { signal, now }),
      };
    },
  };
}

/** Who listens is known from the first record on. */
async function* records(
  hub: TraceHub,
  filter: TraceFilter,
  { signal, now }: { readonly signal: AbortSignal; readonly now: () => number },
): AsyncGenerator<string, void, void> {
  const listener = hub.listen(filter);
  if (listener === undefined) {
    yield lineOf(stoppedRecord);
    return;
  }
  try {
    yield lineOf(listeningRecord(now()));
    while (!signal.aborted) {
      for (let record = listener.take(); record !== undefined; record = listener.take()) yield lineOf(record);
      if (listener.isOver) return;
      await listener.news(signal);
    }
  } finally {
    listener.leave();
  }
}

function lineOf(record: TraceRecord): string {
  return `${JSON.stringify(record)}\n`;
}
