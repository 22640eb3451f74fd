import type { Suspension } from '../site/concurrency.ts';

/**
 * What is on record of a destination, as opposed to its mail: it outlives the run that found it out, and the process. All
 * of it is advice. If a word of it is lost, mail waits for its own time or is tried once more.
 */
export interface SiteRecord {
  /** The suspension on record, over or not: until it is struck off, mail waits for the destination. */
  suspension(): Promise<Suspension | undefined>;
  /** Leaves the destination alone. Does nothing once another run owns it. */
  suspend(suspension: Suspension): Promise<void>;
  /** It is at work again, and nothing waits for it any more. */
  revive(): Promise<void>;
  /** This message was deferred because of the destination, which was found in trouble at `since` (epoch ms). */
  await(queueId: string, since: number): Promise<void>;
  /** This message waits for itself, or no longer. */
  stopWaiting(queueId: string): Promise<void>;
  /**
   * Up to `count` of those that wait for the destination, longest first, wait no longer: they are due once the trouble
   * they met with is `backoffMs` ago. The number of them.
   */
  makeDue(count: number, backoffMs: number): Promise<number>;
}
