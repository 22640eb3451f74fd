import type { Config } from '../config/config.ts';
import type { Log } from '../core/log/log-event.ts';
import { createRolloverWatch, type RolloverWatch, type WatchStore } from '../delivery/rollover-watch.ts';
import type { Meters } from '../status/meters.ts';
import type { Resolving } from './resolving.ts';

export interface RolloverParts {
  readonly config: Pick<Config, 'tls' | 'queue'>;
  readonly resolving: Pick<Resolving, 'fresh'>;
  readonly store: WatchStore;
  readonly log: Log;
  readonly meters: Pick<Meters, 'recordsLookedAt'>;
}

export interface RunningWatch {
  readonly watch: RolloverWatch;
  begin(): void;
  stop(): Promise<void>;
}

/** How often it is looked whether records are due, and at the most. */
const intervalMs = 5_000;
const leastMs = 1_000;

/** Follows TLSA records that no certificate matches; undefined if the settings do not want that. */
export function rolloverWatch({
  config,
  resolving,
  store,
  log,
  meters,
}: RolloverParts): RunningWatch | undefined {
  const shortestMs = config.tls.rolloverWatchIntervalMs;
  if (shortestMs === 0) return undefined;
  const stopping = new AbortController();
  const watch = createRolloverWatch({
    store,
    lookup: resolving.fresh,
    rules: { shortestMs },
    restMs: config.queue.minimalBackoffMs,
    log,
    looked: (seen) => meters.recordsLookedAt(seen),
    now: Date.now,
    stopping: stopping.signal,
  });
  let timer: NodeJS.Timeout | undefined;
  let look = Promise.resolve();

  function next(afterMs: number): void {
    if (stopping.signal.aborted) return;
    timer = setTimeout(() => {
      look = watch.look().finally(() => next(Math.max(leastMs, Math.min(intervalMs, shortestMs))));
    }, afterMs);
  }

  return {
    watch,
    begin: () => next(0),
    async stop() {
      clearTimeout(timer);
      stopping.abort();
      await look;
    },
  };
}
