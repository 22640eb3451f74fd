/**
 * Loaded into the relay by `--import`. At SIGUSR2 it writes how many octets were allocated on the heap and outside it
 * since the last time, into the file that BENCH_ALLOCATIONS names. What is collected is added up from one collection to
 * the next.
 */
import { renameSync, writeFileSync } from 'node:fs';
import { GCProfiler, getHeapStatistics } from 'node:v8';

const file = process.env['BENCH_ALLOCATIONS'];

interface Usage {
  readonly heap: number;
  readonly external: number;
}

function usageNow(): Usage {
  const { used_heap_size: heap, external_memory: external } = getHeapStatistics();
  return { heap, external };
}

function usageOf({ usedHeapSize, externalMemory }: { usedHeapSize: number; externalMemory: number }): Usage {
  return { heap: usedHeapSize, external: externalMemory };
}

let profiler = new GCProfiler();
let start = usageNow();
profiler.start();

process.on('SIGUSR2', () => {
  const { statistics } = profiler.stop();
  let last = start;
  let heap = 0;
  let external = 0;
  const add = (to: Usage): void => {
    heap += Math.max(0, to.heap - last.heap);
    external += Math.max(0, to.external - last.external);
  };
  for (const { beforeGC, afterGC } of statistics) {
    add(usageOf(beforeGC.heapStatistics));
    last = usageOf(afterGC.heapStatistics);
  }
  const now = usageNow();
  add(now);
  profiler = new GCProfiler();
  start = now;
  profiler.start();
  if (file === undefined) return;
  writeFileSync(`${file}.new`, JSON.stringify({ heap, external }));
  renameSync(`${file}.new`, file);
});
