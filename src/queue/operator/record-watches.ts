import {
  isMismatch,
  longestMs,
  readWatch,
  watchText,
  type RecordWatch,
} from '../../core/rollover/watched-records.ts';
import type { Suspension } from '../../core/site/concurrency.ts';
import type { WatchedAccount } from '../../core/mail/account.ts';
import type { Alarms } from '../alarms/alarms.ts';
import { FLUSHED_AT_ONCE } from '../scripts/flush.ts';
import type { QueueStore } from '../store/queue-store.ts';

/**
 * The TLSA records that the relays of a queue watch, by destination. They outlive restarts. Calls reject with
 * QueueError.
 */
export interface RecordWatchStore {
  /** Destinations that have a watch, and when the DNS is asked next. */
  all(): Promise<ReadonlyMap<string, number>>;
  read(destination: string): Promise<RecordWatch | undefined>;
  /** In place of one that is there; false if there are too many. */
  start(destination: string, watch: RecordWatch): Promise<boolean>;
  /** Writes one anew; false if it is no longer what it was before. */
  goOn(destination: string, watch: RecordWatch, before: RecordWatch): Promise<boolean>;
  /** Some that are due, and for which mail waits; each is given to one relay. */
  takeDue(now: number, most: number): Promise<readonly TakenWatch[]>;
  end(destination: string): Promise<void>;
  /**
   * Makes what waits for a destination to work again due now; resolves to its number. Nothing, where the
   * destination is left alone for another reason than its TLSA records. Rejects between two steps once `signal` is
   * aborted.
   */
  bringForward(destination: string, signal: AbortSignal): Promise<number>;
}

export interface TakenWatch {
  readonly destination: string;
  readonly watch: RecordWatch;
}

/** All relays of a queue together. What has no place waits for its own time. */
const mostWatches = 1_000;
/** A process that was given a watch and says nothing of it has died. */
const givenForMs = 120_000;
/** Of a backlog without end, the rest goes once these have been delivered. */
const mostSlices = 400;

export interface RecordWatchPorts {
  readonly store: Pick<
    QueueStore,
    | 'watches'
    | 'watch'
    | 'endWatch'
    | 'watchRecords'
    | 'takeWatches'
    | 'bringForward'
    | 'suspension'
    | 'unsuspend'
  >;
  readonly alarms: Pick<Alarms, 'wake'>;
  readonly now: () => number;
}

export function openRecordWatches({ store, alarms, now }: RecordWatchPorts): RecordWatchStore {
  const write = (destination: string, watch: RecordWatch, before = ''): Promise<boolean> =>
    store.watchRecords({
      destination,
      text: watchText(watch),
      nextAt: Math.ceil(watch.nextAt),
      most: mostWatches,
      before,
    });
  const suspensionOf = async (destination: string): Promise<Suspension | undefined> => {
    const suspension = await store.suspension(destination);
    return suspension !== undefined && suspension.until > now() ? suspension : undefined;
  };
  return {
    all: () => store.watches(),
    async read(destination) {
      return readWatch((await store.watch(destination)) ?? '');
    },
    start: (destination, watch) => write(destination, watch),
    goOn: (destination, watch, before) => write(destination, watch, watchText(before)),
    async takeDue(at, most) {
      const latestAt = at + longestMs + givenForMs;
      const taken = await store.takeWatches({ now: at, againAt: at + givenForMs, latestAt, most });
      const readable: TakenWatch[] = [];
      for (const { destination, text } of taken) {
        const watch = readWatch(text);
        // Of another version: the next attempt that fails writes one that can be read.
        if (watch === undefined) await store.endWatch(destination);
        else readable.push({ destination, watch });
      }
      return readable;
    },
    end: (destination) => store.endWatch(destination),
    async bringForward(destination, signal) {
      const suspension = await suspensionOf(destination);
      // Mail of a destination that does not answer would only be put off. It goes when that is over.
      if (suspension !== undefined && !isMismatch(suspension.cause)) return 0;
      await store.unsuspend([destination]);
      let all = 0;
      let slices = 1;
      for (let slice = 0; slice < slices; slice += 1) {
        // The first of it have failed again: the host is spared the rest.
        if (slice > 0 && (await suspensionOf(destination)) !== undefined) break;
        signal.throwIfAborted();
        const { left, count, wakeups } = await store.bringForward({ destination, now: now() });
        await alarms.wake(wakeups);
        all += count;
        // What is tried meanwhile, and waits again, is not made due for ever.
        if (slice === 0) slices = Math.min(mostSlices, 1 + Math.ceil(left / FLUSHED_AT_ONCE));
      }
      return all;
    },
  };
}

/** What is told of the watch of a destination; undefined if it has none. */
export async function watchedFacts(
  destination: string,
  store: Pick<QueueStore, 'watch'>,
): Promise<WatchedAccount | undefined> {
  const watch = readWatch((await store.watch(destination)) ?? '');
  if (watch === undefined) return undefined;
  const { records, since, nextAt, changedAt } = watch;
  return {
    names: records.map(({ name }) => name),
    since,
    nextAt,
    ...(changedAt !== undefined && { changedAt }),
  };
}
