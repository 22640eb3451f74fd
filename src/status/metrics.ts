import { Registry } from 'prom-client';
import type { LogEvent } from '../core/log/log-event.ts';
import { createEventCounts } from './event-counts.ts';
import type { Hold } from './event-loop.ts';
import { createMeters, type Meters } from './meters.ts';
import { createMetricSet } from './metric-set.ts';
import type { MetricsSources } from './metrics-sources.ts';
import { createQueueFindings, type QueueFindings } from './queue-counts.ts';
import { relayGauges } from './relay-gauges.ts';
import { processMetrics, type ProcessSources } from './process-metrics.ts';

export interface Metrics {
  /** Counts what passes through the log, so that a number and its lines cannot disagree. */
  readonly count: (event: LogEvent) => void;
  /** What parts of the relay tell besides. */
  readonly meters: Meters;
  readonly queue: Pick<QueueFindings, 'begin' | 'onLook'>;
  /** Adds the metrics of the process from now on. The returned function counts the longest hold of a second. */
  ofProcess(sources: ProcessSources): (hold: Hold) => void;
  /** Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export function createMetrics(sources: MetricsSources): Metrics {
  const registry = new Registry();
  const set = createMetricSet(registry);
  const events = createEventCounts(set);
  const meters = createMeters(set);
  const queue = createQueueFindings(set);
  const measureRelay = relayGauges(set, sources);
  let measureProcess = (): void => {};

  return {
    count: events.count,
    meters,
    queue,
    ofProcess(process) {
      const { held, measure } = processMetrics(set, process);
      measureProcess = measure;
      return held;
    },
    async text() {
      events.show();
      meters.show();
      queue.show();
      await measureRelay();
      measureProcess();
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
