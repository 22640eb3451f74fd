import { healthText, readHealth, type KnownHealth } from '../../core/check/known-health.ts';
import type { QueueStore } from '../store/queue-store.ts';

/**
 * The destinations to which the relays of a queue have delivered with DANE not long ago, and what checks of them have
 * found. Calls reject with QueueError. Times are epoch milliseconds.
 */
export interface DestinationHealthStore {
  mailed(destination: string, at: number): Promise<void>;
  /** The one that was checked the longest ago, if that is so long. It is given to one relay for a while. */
  takeDue(now: number, intervalMs: number): Promise<MailedDestination | undefined>;
  /** False if it was forgotten meanwhile. */
  put(health: KnownHealth, at: number): Promise<boolean>;
  /** Until mail is noted again. */
  forget(destination: string): Promise<void>;
  /** Of these, those that are mailed, or all; those that were mailed last come first. */
  list(only?: readonly string[]): AsyncIterable<MailedDestination>;
}

export interface MailedDestination {
  readonly destination: string;
  /** Absent: it was not checked yet, or by a relay of another version. */
  readonly health?: KnownHealth;
}

type Store = Pick<
  QueueStore,
  'noteMailed' | 'takeDestination' | 'putChecked' | 'forgetDestination' | 'health'
>;

/** Each takes 12 KB at most, and mostly a few hundred octets. */
const mostDestinations = 10_000;
/** After the last mail, and after the last check. */
const keptMs = 14 * 86_400_000;
/** Whoever has taken one has checked it by then, or has died. */
const takenForMs = 600_000;
/** By so much one clock may be ahead of another. */
const clocksMs = 3_600_000;
/** Destinations that are read together: of the largest texts a hundred would hold the event loop for 50 ms. */
const readAtOnce = 25;

export function openDestinationHealth(store: Store, most = mostDestinations): DestinationHealthStore {
  return {
    async mailed(destination, at) {
      await store.noteMailed({ destination, at, until: at + keptMs, most });
    },
    async takeDue(now, intervalMs) {
      const taken = await store.takeDestination({
        checkedBefore: now - intervalMs,
        takenAs: now - intervalMs + takenForMs,
        latest: now + takenForMs + clocksMs,
        mailedSince: now - keptMs,
      });
      return taken && known(taken.destination, taken.text);
    },
    put: (health, at) =>
      store.putChecked({
        destination: health.destination,
        at,
        text: healthText(health),
        until: at + keptMs,
      }),
    async forget(destination) {
      await store.forgetDestination(destination);
    },
    async *list(only) {
      const names = only ?? (await store.health.destinations());
      for (let start = 0; start < names.length; start += readAtOnce) {
        const some = names.slice(start, start + readAtOnce);
        const [times, texts] = await Promise.all([store.health.mailed(some), store.health.texts(some)]);
        for (const [place, destination] of some.entries()) {
          if (times[place] !== undefined) yield known(destination, texts[place] ?? '');
        }
      }
    },
  };
}

function known(destination: string, text: string): MailedDestination {
  const health = text === '' ? undefined : readHealth(destination, text);
  return { destination, ...(health !== undefined && { health }) };
}
