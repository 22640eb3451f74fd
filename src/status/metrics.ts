import { Counter, Gauge, Registry } from 'prom-client';
import type { Log, LogEvent } from '../core/outcome/log-event.ts';

export interface Metrics {
  /** Counts what passes through the log: a number and the lines it sums up cannot disagree. */
  count(log: Log): Log;
  /** Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** `problems` is asked whenever the metrics are read: name of a part of the relay -> 1 while it is in trouble. */
export function createMetrics(problems: () => ReadonlyMap<string, string>): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const deliveries = new Counter({
    name: 'dane_relay_deliveries_total',
    help: 'Delivery attempts by recipient and outcome (sent, deferred, bounced)',
    labelNames: ['status'],
    registers,
  });
  const tls = new Counter({
    name: 'dane_relay_tls_connections_total',
    help: 'Outgoing TLS connections by what was proved about the peer',
    labelNames: ['trust'],
    registers,
  });
  const events = new Counter({
    name: 'dane_relay_events_total',
    help: 'Steps in the life of messages, by name as in the JSON log',
    labelNames: ['event'],
    registers,
  });
  const lines = new Counter({
    name: 'dane_relay_log_lines_total',
    help: 'Log lines by severity',
    labelNames: ['severity'],
    registers,
  });
  const troubles = new Gauge({
    name: 'dane_relay_trouble',
    help: '1 while a part of the relay cannot do its work',
    labelNames: ['part'],
    registers,
  });

  function record({ severity, event, fields }: LogEvent): void {
    lines.inc({ severity });
    if (event === 'delivery') deliveries.inc({ status: String(fields?.['status']) });
    else events.inc({ event });
    if (event === 'TLS established') tls.inc({ trust: String(fields?.['trust']) });
  }

  return {
    count: (log) => (event) => {
      record(event);
      log(event);
    },
    text() {
      troubles.reset();
      for (const part of problems().keys()) troubles.set({ part }, 1);
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
