import { Counter, Gauge, Registry } from 'prom-client';
import type { LogEvent } from '../core/log/log-event.ts';
import type { Hold } from './event-loop.ts';
import { processMetrics, type ProcessSources } from './process-metrics.ts';

export interface Metrics {
  /** Counts what passes through the log, so that a number and its lines cannot disagree. */
  readonly count: (event: LogEvent) => void;
  /** Adds the metrics of the process from now on. The returned function counts the longest hold of a second. */
  ofProcess(sources: ProcessSources): (hold: Hold) => void;
  /** Prometheus text format. */
  text(): Promise<string>;
  readonly contentType: string;
}

export interface StoreFill {
  readonly usedBytes: number;
  readonly limitBytes: number;
  /** Absent if the relay does not manage the disk. */
  readonly freeDiskBytes?: number;
  /** Content of incomplete messages; absent if it cannot be counted. */
  readonly unfinished?: { readonly messages: number; readonly bytes: number };
}

/** A memory budget: its limit, and its use. */
export interface MemoryUse {
  readonly limitBytes: number;
  usedBytes(): number;
}

/** Sources that are asked whenever the metrics are read. */
export interface MetricsSources {
  /** Name of a part of the relay -> what is wrong with it now. */
  readonly problems: () => ReadonlyMap<string, string>;
  /** How many destinations are suspended; rejects while that is unknown. */
  readonly suspended: () => Promise<number>;
  /** How full the store is, in octets; undefined while that is unknown. */
  readonly fill: () => StoreFill | undefined;
  /** Limit of deliveries under way, for each destination that is served now. */
  readonly windows: () => Iterable<number>;
  /** By purpose: `clients`, `deliveries`. */
  readonly memory: () => ReadonlyMap<string, MemoryUse>;
  /** Remote addresses that have all the connections they may have. */
  readonly fullAddresses: () => number;
  /** Lookups that wait for their turn. */
  readonly waitingLookups: () => number;
  /** Exceptions from the TLS policy that are in force. */
  readonly exceptions: () => number;
  /** Certificates that listeners show now; `notAfter` in epoch milliseconds. */
  readonly certificates: () => readonly CertificateEnd[];
}

export interface CertificateEnd {
  readonly listener: string;
  readonly file: string;
  readonly notAfter: number;
}

/** Upper ends of the ranges of `dane_relay_destinations`, because a label for each destination would be unbounded. */
const WINDOWS = [1, 2, 5, 10, 20, 50];

export function createMetrics({
  problems,
  suspended,
  fill,
  windows,
  memory,
  fullAddresses,
  waitingLookups,
  exceptions,
  certificates,
}: MetricsSources): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const deliveries = new Counter({
    name: 'dane_relay_deliveries_total',
    help: 'Delivery attempts by recipient and outcome (sent, deferred, bounced)',
    labelNames: ['status'],
    registers,
  });
  const excepted = new Counter({
    name: 'dane_relay_excepted_deliveries_total',
    help: 'Those of them whose host heard of the mail under an exception from the TLS policy',
    labelNames: ['status'],
    registers,
  });
  const exceptionsInForce = new Gauge({
    name: 'dane_relay_exceptions',
    help: 'Exceptions from the TLS policy that are in force',
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
  const notes = new Counter({
    name: 'dane_relay_client_notes_total',
    help: 'Client sessions with lines that were read in spite of this (bare_lf, bare_cr, nul)',
    labelNames: ['note'],
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

  const suspensions = new Gauge({
    name: 'dane_relay_suspended_destinations',
    help: 'Destinations that are left alone because their hosts did not work',
    registers,
  });
  const destinations = new Gauge({
    name: 'dane_relay_destinations',
    help: 'Destinations being served, by the deliveries they may have under way: up to window, more than the label before',
    labelNames: ['window'],
    registers,
  });

  const bytes = new Gauge({
    name: 'dane_relay_queue_bytes',
    help: 'Memory that the queue uses and may use, how much of it content that is not complete, and disk that is free for it (of a private Redis)',
    labelNames: ['of'],
    registers,
  });
  const unfinished = new Gauge({
    name: 'dane_relay_unfinished_messages',
    help: 'Messages whose content is being received or imported, or was not to its end',
    registers,
  });

  const openBytes = new Gauge({
    name: 'dane_relay_open_bytes',
    help: 'Memory for what clients have open and for deliveries under way, by reckoning, and how much it may be',
    labelNames: ['of', 'is'],
    registers,
  });
  const addresses = new Gauge({
    name: 'dane_relay_full_addresses',
    help: 'Remote addresses with as many connections as delivery.address_concurrency_limit allows',
    registers,
  });

  const lookups = new Gauge({
    name: 'dane_relay_waiting_lookups',
    help: 'DNS lookups of deliveries that wait for their turn',
    registers,
  });

  const ends = new Gauge({
    name: 'dane_relay_listener_certificate_end_seconds',
    help: 'When a certificate of a listener expires, in seconds since 1970',
    labelNames: ['listener', 'certificate'],
    registers,
  });

  function measure(): void {
    ends.reset();
    for (const { listener, file, notAfter } of certificates()) {
      ends.set({ listener, certificate: file }, notAfter / 1000);
    }
    for (const [of, use] of memory()) {
      openBytes.set({ of, is: 'used' }, use.usedBytes());
      openBytes.set({ of, is: 'limit' }, use.limitBytes);
    }
    addresses.set(fullAddresses());
    lookups.set(waitingLookups());
    exceptionsInForce.set(exceptions());
    bytes.reset();
    const found = fill();
    if (found === undefined) return;
    bytes.set({ of: 'memory_used' }, found.usedBytes);
    bytes.set({ of: 'memory_limit' }, found.limitBytes);
    if (found.freeDiskBytes !== undefined) bytes.set({ of: 'disk_free' }, found.freeDiskBytes);
    if (found.unfinished === undefined) return;
    bytes.set({ of: 'unfinished' }, found.unfinished.bytes);
    unfinished.set(found.unfinished.messages);
  }

  function countWindows(): void {
    for (const end of [...WINDOWS, 'more']) destinations.set({ window: String(end) }, 0);
    for (const window of windows()) {
      destinations.inc({ window: String(WINDOWS.find((end) => window <= end) ?? 'more') });
    }
  }

  function countNotes(found: unknown): void {
    if (Array.isArray(found)) for (const note of found) notes.inc({ note: String(note) });
  }

  let measureProcess = (): void => {};

  return {
    count({ severity, event, fields }) {
      lines.inc({ severity });
      if (event === 'delivery') deliveries.inc({ status: String(fields?.['status']) });
      else events.inc({ event });
      if (event === 'delivery' && fields?.['exception'] !== undefined) {
        excepted.inc({ status: String(fields['status']) });
      }
      if (event === 'client disconnected') countNotes(fields?.['notes']);
      if (event === 'TLS established') tls.inc({ trust: String(fields?.['trust']) });
    },
    ofProcess(sources) {
      const { held, measure } = processMetrics(registry, sources);
      measureProcess = measure;
      return held;
    },
    async text() {
      troubles.reset();
      for (const part of problems().keys()) troubles.set({ part }, 1);
      countWindows();
      measure();
      measureProcess();
      suspensions.set(await suspended().catch(() => Number.NaN));
      return registry.metrics();
    },
    contentType: registry.contentType,
  };
}
