import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { Hold, LongestHolds } from './event-loop.ts';
import type { Limits, Usage } from './resources.ts';

/** Facts of the process that are asked for whenever the metrics are read. */
export interface ProcessSources {
  readonly holds: () => LongestHolds;
  readonly usage: () => Usage;
  readonly limits: () => Limits;
  /** About the log: lines that are lost and that wait, and refused writes. */
  readonly log: () => { readonly dropped: number; readonly waiting: number; readonly failures: number };
}

export interface ProcessMetrics {
  /** Counts the longest hold of a second. */
  readonly held: (hold: Hold) => void;
  readonly measure: () => void;
}

const HOLD_BUCKETS = [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** Metrics of the process. Those without `dane_relay_` have the names of Prometheus' own libraries. */
export function processMetrics(registry: Registry, sources: ProcessSources): ProcessMetrics {
  const registers = [registry];
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name, help, labelNames, registers });
  const counter = (name: string, help: string) => new Counter({ name, help, registers });

  const holds = new Histogram({
    name: 'dane_relay_event_loop_delay_seconds',
    help: 'Of each second, the longest time at a stretch in which the event loop was held',
    buckets: HOLD_BUCKETS,
    registers,
  });
  const longest = gauge(
    'dane_relay_event_loop_longest_delay_seconds',
    'Longest time at a stretch in which the event loop was held, in the last minute and since the start',
    ['over'],
  );
  const work = gauge(
    'dane_relay_event_loop_longest_work_seconds',
    'The same, but only what certainly was work of this process',
    ['over'],
  );
  const memory = gauge('dane_relay_memory_bytes', 'Memory of the process and its limits', ['of']);
  const resident = gauge('process_resident_memory_bytes', 'Resident memory size in bytes');
  const openFiles = gauge('process_open_fds', 'Number of open file descriptors');
  const mostFiles = gauge('process_max_fds', 'Maximum number of open file descriptors');
  const processor = counter('process_cpu_seconds_total', 'User and system CPU time in seconds');
  const startTime = gauge('process_start_time_seconds', 'Start time of the process, seconds since the epoch');
  const dropped = counter('dane_relay_log_lines_dropped_total', 'Log lines that nobody will ever read');
  const failures = counter('dane_relay_log_write_failures_total', 'Writes to the log that were refused');
  const waiting = gauge('dane_relay_log_lines_waiting', 'Log lines that are not written yet');
  startTime.set(Math.round(performance.timeOrigin) / 1000);

  function measureUsage(): void {
    const [usage, limits] = [sources.usage(), sources.limits()];
    memory.set({ of: 'heap_limit' }, limits.heap);
    if (limits.memory !== undefined) memory.set({ of: 'limit' }, limits.memory);
    if (limits.files !== undefined) mostFiles.set(limits.files);
    memory.set({ of: 'heap_used' }, usage.heapUsed);
    memory.set({ of: 'heap_total' }, usage.heapTotal);
    memory.set({ of: 'external' }, usage.external);
    memory.set({ of: 'array_buffers' }, usage.arrayBuffers);
    resident.set(usage.resident);
    openFiles.set(usage.openFiles);
  }

  return {
    held: ({ heldMs }) => holds.observe(heldMs / 1000),
    measure() {
      const found = sources.holds();
      for (const over of ['minute', 'life'] as const) {
        longest.set({ over }, found[over].heldMs / 1000);
        work.set({ over }, found[over].workMs / 1000);
      }
      measureUsage();
      const { user, system } = process.cpuUsage();
      setTo(processor, (user + system) / 1e6);
      const log = sources.log();
      setTo(dropped, log.dropped);
      setTo(failures, log.failures);
      waiting.set(log.waiting);
    },
  };
}

/** The values are counted elsewhere. */
function setTo(counter: Counter, value: number): void {
  counter.reset();
  counter.inc(value);
}
