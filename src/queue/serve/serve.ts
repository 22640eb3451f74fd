import type { Lease } from '../../core/delivery/lease.ts';
import type { Log } from '../../core/log/log-event.ts';
import type { TakenClaim } from '../lease/claim.ts';
import type { AlarmWorker, ListenOptions, RunEnd } from '../alarms/alarm-worker.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { auditOf, type AuditPorts } from '../upkeep/audit.ts';
import { QueueError } from '../redis/queue-error.ts';
import { beginLease, type LeasePorts, type OwnedLease } from '../lease/lease.ts';
import { AFTER_BUG_MS, POSTPONE_MOST_MS, POSTPONE_STEP_MS } from '../alarms/postponing.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { destinationWaits, runBug } from '../log/log-lines.ts';
import { createPlaces, type Place } from './places.ts';

/**
 * Serves one destination until nothing is due there: takes, delivers, settles. May return a time (epoch ms) at which to
 * be called again although mail is due, because it cannot be delivered now.
 */
export type Run = (lease: Lease<TakenClaim>) => Promise<Postponement | undefined>;

export interface Postponement {
  readonly postponeUntil: number;
  /** For the operator; absent if it says nothing about the mail. */
  readonly reason?: string;
}

/** Pause before a second run of a destination, or one that waits for Redis, looks again. */
const LOOK_AGAIN_MS = 2_000;
/** Claims that could not be settled are tried again after this. */
const UNSETTLED_MS = 30_000;
/** Interval between looks at the places: after five looks without activity a place is quiet. */
const LOOK_MS = 100;

export interface Service {
  /** Announces new mail for a destination. */
  notify(destination: string): void;
  /** Takes no alarms until Redis allows it again. */
  hold(): void;
  /** Opens the connections for alarms again that do not lead to the Redis with this run id. */
  reconnect(runId: string | undefined): void;
  /** Serves what is due without alarms, which a full Redis does not allow: mail that goes out makes room. */
  rescue(): Promise<void>;
  /** Stops taking alarms; resolves when the runs under way have ended. */
  stop(): Promise<void>;
}

export interface ServeOptions extends Pick<ListenOptions, 'onTrouble' | 'mayTake'> {
  /** Most busy destinations at the same time; `concurrency` limits all of them. */
  readonly busy: number;
  readonly concurrency: number;
}

export interface ServicePorts extends Omit<LeasePorts, 'crowded'>, AuditPorts {
  readonly store: QueueStore;
  readonly alarms: Pick<Alarms, 'wake' | 'listen'>;
}

/** Calls `run` for every destination with due mail, for at most `concurrency` at the same time. */
export function serve(run: Run, options: ServeOptions, ports: ServicePorts): Service {
  const { concurrency } = options;
  const leases = new Map<string, OwnedLease>();
  const places = createPlaces({ busy: options.busy, all: concurrency });
  const looking = setInterval(() => places.look(), LOOK_MS);
  const postponed = new Set<string>();
  let isStopping = false;

  async function onAlarm(destination: string, job: string): Promise<RunEnd> {
    if (isStopping) return { sleepUntil: ports.now(), asleep: async () => false };
    const place = places.enter();
    try {
      return await onPlace(place, destination, job);
    } finally {
      place.leave();
    }
  }

  async function onPlace(place: Place, destination: string, job: string): Promise<RunEnd> {
    const lease = await beginLease(destination, job, {
      ...ports,
      crowded: () => leases.size >= concurrency,
    });
    if (lease === undefined) return lookAgain();
    leases.set(destination, lease);
    try {
      return await serveLease(lease, touching(lease, place), job);
    } finally {
      lease.end();
      leases.delete(destination);
    }
  }

  /** Another run has the destination and may die, so the alarm stays set. */
  function lookAgain(): RunEnd {
    return { sleepUntil: ports.now() + LOOK_AGAIN_MS, asleep: async () => false };
  }

  async function serveLease(lease: OwnedLease, shown: Lease<TakenClaim>, job: string): Promise<RunEnd> {
    const { destination, token } = lease;
    for (;;) {
      const wish = await runSafely(run, shown, ports.log);
      if (wish !== undefined) {
        return sleep({ destination, token, job }, spread(destination, wish.postponeUntil), wish);
      }
      postponed.delete(destination);
      lease.pause();
      const left = await ports.store.rest({
        destination,
        token,
        now: ports.now(),
        unsettled: lease.unsettled(),
        unsettledAt: ports.now() + UNSETTLED_MS,
      });
      if (left === 'empty') return 'done';
      if (left === 'lost') return lookAgain();
      if (left !== 'more') return sleep({ destination, token, job }, Math.ceil(left.dueAt));
      lease.resume();
    }
  }

  /** The pauses are spread, and thousands of runs look again less often than a few. */
  function spread(destination: string, until: number): number {
    postponed.add(destination);
    return until + (isStopping ? 0 : Math.min(postponed.size * POSTPONE_STEP_MS, POSTPONE_MOST_MS));
  }

  function sleep(
    owner: { readonly destination: string; readonly token: string; readonly job: string },
    until: number,
    postponed?: Postponement,
  ): RunEnd {
    return {
      sleepUntil: until,
      asleep: () => ports.store.slept({ ...owner, until, ...(postponed && { postponed }) }),
    };
  }

  const rescued = new Set<Promise<void>>();
  /** Destinations of which it is not yet known whether they need a place. */
  let auditing = 0;

  async function rescueOne(destination: string): Promise<void> {
    auditing += 1;
    const { job, isOwned, due } = await auditOf(destination, ports).finally(() => (auditing -= 1));
    if (isOwned || due === undefined || due > ports.now() || isStopping) return;
    const end = await onAlarm(destination, job || '0');
    // If it has no alarm now, the sweeper sets one once there is room.
    if (end !== 'done') await end.asleep();
  }

  const worker: AlarmWorker = ports.alarms.listen(onAlarm, {
    ...options,
    room: () => places.room(),
    whenRoom: () => places.whenRoom(),
  });
  return {
    notify: (destination) => leases.get(destination)?.notify(),
    hold: () => worker.hold(),
    reconnect: (runId) => worker.reconnect(runId),
    async rescue() {
      for (const destination of await ports.store.destinations()) {
        if (isStopping || places.room() <= auditing) return;
        if (leases.has(destination)) continue;
        const rescue = rescueOne(destination)
          .catch(() => {}) // The watch tells of it; it is tried again.
          .finally(() => rescued.delete(rescue));
        rescued.add(rescue);
      }
    },
    async stop() {
      isStopping = true;
      clearInterval(looking);
      places.close();
      for (const lease of leases.values()) lease.notify();
      await Promise.all([worker.stop(), ...rescued]);
    },
  };
}

/** The lease for the run: every use of it counts as activity at its place. */
function touching(lease: OwnedLease, place: Place): Lease<TakenClaim> {
  return {
    ...lease,
    async take(count, bare) {
      const claims = await lease.take(count, bare);
      if (claims.length > 0) place.touch();
      return claims;
    },
    settle(claim, verdict) {
      place.touch();
      return lease.settle(claim, verdict);
    },
  };
}

/** A bug in a run must cost the mail only time. */
async function runSafely(run: Run, lease: Lease<TakenClaim>, log: Log): Promise<Postponement | undefined> {
  try {
    return await run(lease);
  } catch (error) {
    if (error instanceof QueueError) {
      log(destinationWaits(lease.destination, error));
      return { postponeUntil: Date.now() + LOOK_AGAIN_MS };
    }
    log(runBug(lease.destination, error));
    return { postponeUntil: Date.now() + AFTER_BUG_MS, reason: 'internal error' };
  }
}
