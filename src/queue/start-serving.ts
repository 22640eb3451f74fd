import type { Redis } from 'ioredis';
import type { Alarms } from './alarms/alarms.ts';
import type { AuditPorts } from './upkeep/audit.ts';
import { notedChannel, wakeChannel } from './forms/keys.ts';
import { FORM_VERSION } from './forms/record.ts';
import type { LeasePorts } from './lease/lease.ts';
import { keepHolding } from './operator/keep-holding.ts';
import { logNotes } from './operator/notes.ts';
import { createOrphanSearch } from './upkeep/orphans.ts';
import type { QueueStore } from './store/queue-store.ts';
import type { KeptLimits } from '../core/mail/kept.ts';
import type { RedisWatch } from './watch/redis-watch.ts';
import { reopenElsewhere } from './redis/redis.ts';
import { serve, type Run, type Service } from './serve/serve.ts';
import { sweep } from './upkeep/sweeper.ts';
import { removeAbandoned } from './intake/unfinished.ts';
import { sweepFailed } from './log/log-lines.ts';

const SWEEP_MS = 60_000;
/** How often abandoned content is looked for while the store is full. */
const LEFTOVERS_MS = 10_000;
/** How often due mail without an alarm is looked for, while Redis is too full to store alarms. */
const RESCUE_MS = 1_000;

/** What runs, sweeps and the operator's moves have in common. */
export interface ServingPorts extends Omit<LeasePorts, 'crowded'>, AuditPorts {
  readonly redis: Redis;
  readonly base: string;
  readonly store: QueueStore;
  readonly alarms: Alarms;
  /** What may be kept of attempts that are over. */
  readonly kept?: KeptLimits | undefined;
  /** The same of receipts; absent: no relay makes any. */
  readonly receipts?: KeptLimits | undefined;
}

export interface Serving {
  stop(): Promise<void>;
}

/**
 * The runs, and what starts them: news of new mail, the sweeper, and a way without alarms while Redis is too full for
 * them.
 */
export function startServing(
  run: Run,
  { busy, quiet, prefix }: { readonly busy: number; readonly quiet: number; readonly prefix: string },
  shared: ServingPorts,
  { watch, subscriber }: { readonly watch: RedisWatch; readonly subscriber: Redis },
): Serving {
  const isBlocked = (): boolean => {
    const state = watch.state();
    return state.kind === 'full' && state.blocked;
  };
  const mayTake = (): boolean => watch.state().kind !== 'away' && !isBlocked();
  const onTrouble = (error: Error): void => watch.suspect(error);
  const service: Service = serve(run, { busy, concurrency: busy + quiet, onTrouble, mayTake }, shared);
  const tellNotes = (): Promise<void> => logNotes(shared.redis, shared.base, shared.now, shared.log);
  subscriber.on('message', (channel: string, destination: string) => {
    if (channel === wakeChannel(prefix)) service.notify(destination);
    // Otherwise the next sweep does it.
    else if (channel === notedChannel(prefix)) tellNotes().catch(() => {});
  });

  const searchOrphans = createOrphanSearch(shared);
  let sweeping: Promise<unknown> | undefined;
  // For whoever wants to move messages here.
  shared.redis.set(`${shared.base}form`, FORM_VERSION).catch(() => {});
  const sweepOnce = (): void => {
    // One sweep that waits for Redis is enough.
    sweeping ??= inTurn([
      tellNotes,
      () => keepHolding(shared),
      () => sweep(shared),
      searchOrphans,
      () => shared.store.forgetKept({ now: shared.now(), limits: shared.kept }),
      async () => {
        const { receipts: limits } = shared;
        if (limits !== undefined) await shared.store.forgetReceipts({ now: shared.now(), limits });
      },
    ])
      .catch((error: unknown) => shared.log(sweepFailed(error)))
      .finally(() => (sweeping = undefined));
  };
  watch.onMove((runId) => {
    reopenElsewhere(subscriber, runId);
    service.reconnect(runId);
  });
  /** This memory is of no further use, and is needed most when there is none left. */
  const removeLeftovers = (): void => {
    if (watch.state().kind === 'full') void removeAbandoned(shared, shared.log).catch(() => {});
  };
  watch.onChange(() => {
    removeLeftovers();
    if (!mayTake()) service.hold();
    // Alarms that could not be set in the meantime.
    else sweepOnce();
  });
  sweepOnce();
  const timers = [
    setInterval(() => mayTake() && sweepOnce(), SWEEP_MS),
    setInterval(removeLeftovers, LEFTOVERS_MS),
    setInterval(() => isBlocked() && void service.rescue().catch(() => {}), RESCUE_MS),
  ];
  return {
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await service.stop();
      subscriber.disconnect();
    },
  };
}

/** Takes every step, also those after one that fails. Rejects with the first error. */
async function inTurn(steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const errors: unknown[] = [];
  for (const step of steps) await step().catch((error: unknown) => void errors.push(error));
  if (errors.length > 0) throw errors[0];
}
