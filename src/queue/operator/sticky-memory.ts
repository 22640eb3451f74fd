import {
  lossRecord,
  readHosts,
  readLoss,
  surplusHosts,
  type StickyMemory,
  type StoredLoss,
} from '../../core/sticky/sticky-memory.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** Which destinations the relays of a queue have seen proved by DANE. Calls reject with QueueError. */
export interface StickyMemories {
  hosts(destination: string): Promise<StickyMemory['hosts']>;
  /** It is forgotten at `until`. What was lost of the destination is back. */
  proved(destination: string, host: string, at: number, until: number): Promise<void>;
  /** This host has left DANE in good order. */
  left(destination: string, host: string): Promise<void>;
  lost(destination: string, loss: StoredLoss): Promise<void>;
  /** Those with these names, or all; by their names. */
  list(only?: readonly string[]): Promise<readonly RememberedDestination[]>;
  /** Forgets a destination; false if nothing was known of it. */
  release(destination: string): Promise<boolean>;
}

export interface RememberedDestination extends StickyMemory {
  readonly loss?: StoredLoss;
}

/** Destinations that are remembered; those that were proved the longest ago go first. */
const mostDestinations = 100_000;
const dropAtOnce = 100;
/** Destinations that are read together, where all are shown. */
const readAtOnce = 100;

export function openStickyMemories({ sticky }: Pick<QueueStore, 'sticky'>): StickyMemories {
  /** Some more than one that is new, in case it could not be done the last time. */
  async function makeRoom(now: number): Promise<void> {
    await sticky.sweep(now, dropAtOnce);
    const surplus = (await sticky.count()) - mostDestinations;
    if (surplus <= 0) return;
    for (const one of await sticky.oldest(Math.min(surplus, dropAtOnce))) await sticky.forget(one);
  }

  async function look(destination: string): Promise<RememberedDestination | undefined> {
    const hosts = readHosts(await sticky.hosts(destination));
    // Its time has passed, and what else is known of it goes, too.
    if (hosts.size === 0) {
      await sticky.forget(destination);
      return undefined;
    }
    const text = await sticky.loss(destination);
    const loss = text === undefined ? undefined : readLoss(text);
    return { destination, hosts, ...(loss !== undefined && { loss }) };
  }

  return {
    hosts: async (destination) => readHosts(await sticky.hosts(destination)),
    async proved(destination, host, at, until) {
      await sticky.proved(destination, host, at, until);
      const hosts = readHosts(await sticky.hosts(destination));
      await sticky.dropHosts(destination, surplusHosts(hosts, at));
      await makeRoom(at);
    },
    left: (destination, host) => sticky.dropHosts(destination, [host]),
    async lost(destination, loss) {
      const text = await sticky.loss(destination);
      const before = text === undefined ? undefined : readLoss(text);
      const isSame = before !== undefined && before.host === loss.host && before.what === loss.what;
      await sticky.lost(destination, lossRecord(isSame ? { ...loss, since: before.since } : loss));
    },
    async list(only) {
      const names = only ?? (await sticky.destinations());
      const all: RememberedDestination[] = [];
      for (let start = 0; start < names.length; start += readAtOnce) {
        const found = await Promise.all(names.slice(start, start + readAtOnce).map(look));
        all.push(...found.filter((one) => one !== undefined));
      }
      return all.toSorted((one, other) => (one.destination < other.destination ? -1 : 1));
    },
    release: (destination) => sticky.forget(destination),
  };
}
