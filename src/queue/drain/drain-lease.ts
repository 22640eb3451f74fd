import { setTimeout as sleep } from 'node:timers/promises';
import { QueueError } from '../redis/queue-error.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** After this time without a renewal, another drain may move messages out of the queue. */
const LEASE_MS = 6_000;
const RENEW_MS = 2_000;
/** That of a drain that was killed has run out by then. */
const PATIENCE_MS = LEASE_MS + 2_000;
const LOOK_MS = 500;

export interface Lease {
  /** False if another drain has it. */
  renew(): Promise<boolean>;
  end(): Promise<void>;
}

/** The right to move messages out of a queue. Throws QueueError if another drain keeps it. */
export async function leaseOf(
  store: Pick<QueueStore, 'leaseDrain'>,
  drain: string,
  stopping: AbortSignal,
): Promise<Lease> {
  const renew = (): Promise<boolean> => store.leaseDrain({ drain, leaseMs: LEASE_MS });
  for (let waited = 0; !(await renew()); waited += LOOK_MS) {
    if (waited >= PATIENCE_MS || stopping.aborted)
      throw new QueueError('QUEUE_UNAVAILABLE', 'another drain of this queue is at work');
    await sleep(LOOK_MS, undefined, { signal: stopping }).catch(() => {});
  }
  let renewing: Promise<unknown> | undefined;
  const renewal = setInterval(() => {
    // While Redis is away one renewal waits for it.
    renewing ??= renew()
      .catch(() => {})
      .finally(() => (renewing = undefined));
  }, RENEW_MS);
  return {
    renew,
    async end() {
      clearInterval(renewal);
      await store.leaseDrain({ drain, leaseMs: 0 }).catch(() => {});
    },
  };
}
