import type { Suspension } from '../site/concurrency.ts';

/**
 * What is stored about a destination, as opposed to its mail. It outlives the run that found it out, and the process.
 * All of it is advice: if some of it is lost, mail waits for its own time or is tried once more.
 */
export interface SiteRecord {
  /** The stored suspension, over or not. Until it is removed, mail waits for the destination. */
  suspension(): Promise<Suspension | undefined>;
  /** Suspends the destination. Does nothing once another run has the lease. */
  suspend(suspension: Suspension): Promise<void>;
  /** Notes that it is at work again, and that nothing waits for it any more. */
  revive(): Promise<void>;
  /** Notes that this message was deferred because of the destination, whose trouble was found at `since` (epoch ms). */
  await(queueId: string, since: number): Promise<void>;
  /** Notes that this message no longer waits for the destination. */
  stopWaiting(queueId: string): Promise<void>;
  /**
   * Ends the waiting of up to `count` messages, longest first: they are due once the trouble that they met is
   * `backoffMs` ago. Resolves to their number.
   */
  makeDue(count: number, backoffMs: number): Promise<number>;
}
