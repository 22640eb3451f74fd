import type { Log } from '../../core/log/log-event.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { retryWhileRefused } from '../redis/retry-while-refused.ts';
import { messageTwice, messageWithdrawn } from '../log/log-lines.ts';

export interface AmbiguousPorts {
  /** The store over a patient connection. */
  readonly store: Pick<QueueStore, 'fence' | 'withdraw' | 'isClosed'>;
  readonly now: () => number;
  readonly log: Log;
}

export interface AmbiguousAccept {
  readonly queueId: string;
  readonly destinations: readonly string[];
  /** How long the client may wait for the verdict. */
  readonly patienceMs: number;
  /** Trying it again shows whether it is in place already, so there is nothing to take back. */
  readonly isTakenOnce: boolean;
}

/**
 * Resolves the doubt about an `accept` without a reply: Redis may have carried it out, or may still do so. True if the
 * message is in place. False if it never will be, or if nobody can tell in time: then it is removed as soon as Redis
 * can be reached, because the client is told to send it again;
 * but not a message that is accepted only once.
 */
export async function resolveAmbiguous(accept: AmbiguousAccept, ports: AmbiguousPorts): Promise<boolean> {
  const { store, now } = ports;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<'late'>((resolve) => {
    timer = setTimeout(resolve, accept.patienceMs, 'late');
  });
  const fence = store.fence({ queueId: accept.queueId, now: now() }).catch(() => 'late' as const);
  const verdict = await Promise.race([fence, late]);
  clearTimeout(timer);
  if (verdict !== 'late') return verdict;
  // This is sent now, right behind the fence, so that no delivery comes in between when Redis recovers.
  if (!accept.isTakenOnce) void takeBack(accept, ports);
  return false;
}

/** Removes a message whose client is told to send it again, as soon as Redis can be reached, unless its delivery has begun. */
export async function takeBack(
  { queueId, destinations }: Pick<AmbiguousAccept, 'queueId' | 'destinations'>,
  ports: AmbiguousPorts,
): Promise<void> {
  const { store, now, log } = ports;
  const withdraw = () => store.withdraw({ queueId, now: now(), destinations });
  const gone = await retryWhileRefused(withdraw, store).catch(() => undefined);
  if (gone === undefined) return; // The relay ends.
  log(gone ? messageWithdrawn(queueId) : messageTwice(queueId));
}
