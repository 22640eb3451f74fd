import type { Log } from '../../core/log/log-event.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { retryWhileRefused } from '../redis/retry-while-refused.ts';
import { messageTwice, messageWithdrawn } from '../log/log-lines.ts';

export interface AmbiguousPorts {
  /** Over a patient connection. */
  readonly store: Pick<QueueStore, 'fence' | 'withdraw' | 'isClosed'>;
  readonly now: () => number;
  readonly log: Log;
}

export interface AmbiguousAccept {
  readonly queueId: string;
  readonly destinations: readonly string[];
  /** How long the client may wait for the verdict. */
  readonly patienceMs: number;
}

/**
 * The reply to an `accept` did not come: Redis may have carried it out, or may do so yet. True when the message is in
 * place. False when it will never be, or when nobody can tell in time: then it is taken back as soon as Redis can be
 * spoken to, since the client is told to send it again.
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
  // Sent now, behind the fence: when Redis comes to itself no delivery gets in between.
  void takeBack(accept, ports);
  return false;
}

async function takeBack({ queueId, destinations }: AmbiguousAccept, ports: AmbiguousPorts): Promise<void> {
  const { store, now, log } = ports;
  const withdraw = () => store.withdraw({ queueId, now: now(), destinations });
  const gone = await retryWhileRefused(withdraw, store).catch(() => undefined);
  if (gone === undefined) return; // The relay ends.
  log(gone ? messageWithdrawn(queueId) : messageTwice(queueId));
}
