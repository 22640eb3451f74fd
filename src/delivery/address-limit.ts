import { networkOf } from '../core/route/address-network.ts';
import { whenAborted } from '../core/when-aborted.ts';

/** One of the connections that are allowed to an address. */
export interface AddressPlace {
  /** Network of the address, as `networkOf` returns it. */
  readonly network: string;
  /** May be called more than once. */
  leave(): void;
}

export interface AddressLimitOptions {
  /** Connections to one address, over all next hops that lead to it; Infinity for any number. */
  readonly limit: number;
  readonly now: () => number;
  /** Is called, at intervals for each address, when one has all the connections it may have and another is wanted. */
  readonly onFull: (network: string) => void;
}

/**
 * Limits the connections to one remote address, over all next hops that lead to it. Names cost nothing: thousands of
 * domains may lead to one host that never answers.
 */
export interface AddressLimit {
  /** Takes a place at the first of these addresses that has a free one; undefined if none has. */
  reserve(addresses: readonly string[]): AddressPlace | undefined;
  /** Waits in turn for a place at the address; undefined if `signal` is aborted first. */
  enter(address: string, signal: AbortSignal): Promise<AddressPlace | undefined>;
  /** Whether none of these has a free place. */
  shutOut(addresses: readonly string[]): boolean;
  /** Whether a delivery without a place has lately asked for one at these addresses, and got none. */
  areWanted(addresses: readonly string[]): boolean;
  /** Number of addresses that have all the connections they may have. */
  full(): number;
  /** Number of addresses that are remembered. */
  remembered(): number;
}

/** For this long, a delivery that was refused a place counts as waiting. */
const WANTED_MS = 5_000;
/** Shortest time between two reports about one address. */
const TELL_MS = 600_000;
/** Number of addresses for which the time of the last report is remembered. */
const MOST_TOLD = 1_000;

interface Entry {
  count: number;
  wantedAt: number;
  readonly waiting: Set<() => void>;
}

export function createAddressLimit({ limit, now, onFull }: AddressLimitOptions): AddressLimit {
  const entries = new Map<string, Entry>();
  const told = new Map<string, number>();

  function entryOf(network: string): Entry {
    const known = entries.get(network);
    if (known !== undefined) return known;
    const entry: Entry = { count: 0, wantedAt: -Infinity, waiting: new Set() };
    entries.set(network, entry);
    return entry;
  }

  function place(network: string, entry: Entry): AddressPlace {
    entry.count += 1;
    let left = false;
    return {
      network,
      leave() {
        if (left) return;
        left = true;
        entry.count -= 1;
        const [next] = entry.waiting;
        if (next !== undefined) next();
        else if (entry.count === 0) entries.delete(network);
      },
    };
  }

  function tell(network: string): void {
    const toldAt = told.get(network) ?? -Infinity;
    if (Math.abs(now() - toldAt) < TELL_MS) return;
    told.delete(network);
    told.set(network, now());
    for (const [oldest] of told) if (told.size > MOST_TOLD) told.delete(oldest);
    onFull(network);
  }

  /** A delivery that waits in turn comes first. */
  function hasRoom(entry: Entry): boolean {
    return entry.count < limit && entry.waiting.size === 0;
  }

  return {
    reserve(addresses) {
      const networks = addresses.map(networkOf);
      const network = networks.find((one) => hasRoom(entryOf(one)));
      if (network !== undefined) return place(network, entryOf(network));
      for (const full of networks) tell(full);
      return undefined;
    },
    shutOut(addresses) {
      const known = addresses.map(networkOf).map((network) => ({ network, entry: entries.get(network) }));
      if (known.some(({ entry }) => entry === undefined || hasRoom(entry))) return false;
      for (const { network, entry } of known) {
        if (entry !== undefined) entry.wantedAt = now();
        tell(network);
      }
      return true;
    },
    async enter(address, signal) {
      const network = networkOf(address);
      const entry = entryOf(network);
      if (hasRoom(entry)) return place(network, entry);
      entry.wantedAt = now();
      tell(network);
      return new Promise((resolve) => {
        const stop = whenAborted(signal, () => {
          entry.waiting.delete(enter);
          resolve(undefined);
        });
        function enter(): void {
          entry.waiting.delete(enter);
          stop();
          resolve(place(network, entry));
        }
        if (!signal.aborted) entry.waiting.add(enter);
      });
    },
    areWanted: (addresses) =>
      addresses.some((address) => {
        const entry = entries.get(networkOf(address));
        return entry !== undefined && Math.abs(now() - entry.wantedAt) < WANTED_MS;
      }),
    remembered: () => entries.size,
    full: () => [...entries.values()].filter(({ count }) => count >= limit).length,
  };
}
