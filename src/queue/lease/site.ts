import type { Suspension } from '../../core/outcome/concurrency.ts';
import type { QueueStore } from '../store/queue-store.ts';

/**
 * What is on record of a destination, as opposed to its mail: it outlives the run that found it out, and the process. All
 * of it is advice. If a word of it is lost, mail waits for its own time or is tried once more.
 */
export interface Site {
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

export interface SitePorts {
  readonly store: Pick<
    QueueStore,
    'suspension' | 'suspend' | 'unsuspend' | 'wait' | 'stopWaiting' | 'makeDue'
  >;
  readonly now: () => number;
}

export function siteOf(destination: string, token: string, { store, now }: SitePorts): Site {
  return {
    suspension: () => store.suspension(destination),
    async suspend(suspension) {
      await store.suspend({ destination, token, suspension });
    },
    revive: () => store.unsuspend([destination]),
    await: (queueId, since) => store.wait({ destination, queueId, since }),
    stopWaiting: (queueId) => store.stopWaiting(destination, queueId),
    makeDue: (count, backoffMs) => store.makeDue({ destination, now: now(), count, backoffMs }),
  };
}
