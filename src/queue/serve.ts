import type { Log } from '../core/outcome/log-event.ts';
import type { AlarmWorker, RunEnd } from './alarms.ts';
import { QueueError } from './queue-error.ts';
import { beginLease, type Lease, type LeasePorts, type OwnedLease } from './lease.ts';
import { runScript } from './redis.ts';

/**
 * Serves one destination until it has nothing due: takes, delivers, settles. May ask to be called again at a time
 * (epoch ms) although mail is due, because it cannot be delivered now.
 */
export type Run = (lease: Lease) => Promise<{ readonly postponeUntil: number } | undefined>;

/** A second run of one destination, or a run that failed, looks again after this. */
const LOOK_AGAIN_MS = 2_000;
const AFTER_BUG_MS = 30_000;
/** Claims that could not be settled are tried again after this. */
const UNSETTLED_MS = 30_000;

export interface Service {
  /** Word of new mail for a destination. */
  poke(destination: string): void;
  /** Stops taking alarms; resolves when the runs under way have ended. */
  stop(): Promise<void>;
}

/** Calls `run` for every destination that has mail due, at most `concurrency` at the same time. */
export function serve(run: Run, concurrency: number, ports: Omit<LeasePorts, 'crowded'>): Service {
  const leases = new Map<string, OwnedLease>();

  async function onAlarm(destination: string, job: string): Promise<RunEnd> {
    const lease = await beginLease(destination, job, {
      ...ports,
      crowded: () => leases.size >= concurrency,
    });
    if (lease === undefined) return lookAgain();
    leases.set(destination, lease);
    try {
      return await serveLease(lease, job);
    } finally {
      lease.end();
      leases.delete(destination);
    }
  }

  /** Another run has the destination, and may die of it: the alarm stays set. */
  function lookAgain(): RunEnd {
    return { sleepUntil: ports.now() + LOOK_AGAIN_MS, asleep: async () => false };
  }

  async function serveLease(lease: OwnedLease, job: string): Promise<RunEnd> {
    const { destination, token } = lease;
    for (;;) {
      const wish = await runSafely(run, lease, ports.log);
      if (wish !== undefined) return sleep(destination, token, job, wish.postponeUntil, true);
      const left = await runScript(ports.redis, 'rest', [
        ports.base,
        destination,
        token,
        ports.now(),
        ports.now() + UNSETTLED_MS,
        ...lease.unsettled(),
      ]);
      const word = Buffer.isBuffer(left) ? left.toString() : String(left);
      if (word === 'empty') return 'done';
      if (word === 'lost') return lookAgain();
      if (word !== 'more') return sleep(destination, token, job, Math.ceil(Number(word)), false);
    }
  }

  function sleep(destination: string, token: string, job: string, until: number, anyway: boolean): RunEnd {
    return {
      sleepUntil: until,
      asleep: async () => {
        const args = [ports.base, destination, token, job, until, ports.now(), anyway ? 1 : 0];
        return (await runScript(ports.redis, 'slept', args)) === 1;
      },
    };
  }

  const worker: AlarmWorker = ports.alarms.listen(onAlarm, concurrency);
  return {
    poke: (destination) => leases.get(destination)?.poke(),
    stop: () => {
      for (const lease of leases.values()) lease.poke();
      return worker.stop();
    },
  };
}

/** A bug in a run must cost the mail nothing but time. */
async function runSafely(
  run: Run,
  lease: Lease,
  log: Log,
): Promise<{ readonly postponeUntil: number } | undefined> {
  try {
    return await run(lease);
  } catch (error) {
    if (error instanceof QueueError) {
      log({
        component: 'qmgr',
        severity: 'warning',
        event: 'destination waits',
        text: `delivery to ${lease.destination} waits: ${error.message}`,
      });
      return { postponeUntil: Date.now() + LOOK_AGAIN_MS };
    }
    const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
    log({
      component: 'qmgr',
      severity: 'error',
      event: 'bug',
      text: `delivery to ${lease.destination} was interrupted by an error of ours, mail waits: ${stack.replaceAll(/\s*\n\s*/g, ' | ')}`,
    });
    return { postponeUntil: Date.now() + AFTER_BUG_MS };
  }
}
