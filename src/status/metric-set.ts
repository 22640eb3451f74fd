import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import { type MetricName, type MetricRow, metricTable } from './metric-table.ts';

type OfType<Type extends MetricRow['type']> = {
  [Name in MetricName]: (typeof metricTable)[Name]['type'] extends Type ? Name : never;
}[MetricName];

/** Makes metrics as the table has them. Each may be made once. */
export interface MetricSet {
  counter(name: OfType<'counter'>): Counter;
  gauge(name: OfType<'gauge'>): Gauge;
  histogram(name: OfType<'histogram'>): Histogram;
}

export function createMetricSet(registry: Registry): MetricSet {
  const registers = [registry];
  function configuration(name: MetricName) {
    return { name, help: metricTable[name].help, labelNames: labelNamesOf(name), registers };
  }
  return {
    counter: (name) => new Counter(configuration(name)),
    gauge(name) {
      const gauge = new Gauge(configuration(name));
      // The library begins with 0: what nobody has measured is not shown.
      if (labelNamesOf(name).length === 0) gauge.remove();
      return gauge;
    },
    histogram(name) {
      return new Histogram({ ...configuration(name), buckets: [...metricTable[name].buckets] });
    },
  };
}

function labelNamesOf(name: MetricName): string[] {
  const { labels = {} }: MetricRow = metricTable[name];
  return Object.keys(labels);
}

/** The values are counted elsewhere. */
export function setTo(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
