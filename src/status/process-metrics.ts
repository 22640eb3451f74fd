import type { Hold, LongestHolds } from './event-loop.ts';
import { type MetricSet, setTo } from './metric-set.ts';
import { handleKinds } from './metric-table.ts';
import { Tally } from './tally.ts';
import type { Limits, Usage } from './resources.ts';

/** Facts of the process that are asked for whenever the metrics are read. */
export interface ProcessSources {
  readonly holds: () => LongestHolds;
  readonly usage: () => Usage;
  readonly limits: () => Limits;
  /** Names of what keeps the event loop busy, each as often as there is one (process.getActiveResourcesInfo). */
  readonly handles: () => readonly string[];
  /** About the log: lines that are lost and that wait, and refused writes. */
  readonly log: () => { readonly dropped: number; readonly waiting: number; readonly failures: number };
}

export interface ProcessMetrics {
  /** Counts the longest hold of a second. */
  readonly held: (hold: Hold) => void;
  readonly measure: () => void;
}

/** Metrics of the process. */
export function processMetrics(set: MetricSet, sources: ProcessSources): ProcessMetrics {
  const holds = set.histogram('dane_relay_event_loop_delay_seconds');
  const longest = set.gauge('dane_relay_event_loop_longest_delay_seconds');
  const work = set.gauge('dane_relay_event_loop_longest_work_seconds');
  const memory = set.gauge('dane_relay_memory_bytes');
  const handles = set.gauge('dane_relay_open_handles');
  const resident = set.gauge('process_resident_memory_bytes');
  const openFiles = set.gauge('process_open_fds');
  const mostFiles = set.gauge('process_max_fds');
  const processor = set.counter('process_cpu_seconds_total');
  const startTime = set.gauge('process_start_time_seconds');
  const dropped = set.counter('dane_relay_log_lines_dropped_total');
  const failures = set.counter('dane_relay_log_write_failures_total');
  const waiting = set.gauge('dane_relay_log_lines_waiting');
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

  function measureHandles(): void {
    const open = new Tally(handleKinds);
    for (const kind of sources.handles()) open.add(kind);
    open.show(handles, ['kind']);
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
      measureHandles();
      const { user, system } = process.cpuUsage();
      setTo(processor, (user + system) / 1e6);
      const log = sources.log();
      setTo(dropped, log.dropped);
      setTo(failures, log.failures);
      waiting.set(log.waiting);
    },
  };
}
