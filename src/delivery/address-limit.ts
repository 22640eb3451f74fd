import { networkOf } from '../core/route/address-network.ts';
import { whenAborted } from '../core/when-aborted.ts';

/** One of the connections that an address may have. */
export interface AddressPlace {
  /** Of the address, as `networkOf` has it. */
  readonly network: string;
  /** May be called more than once. */
  leave(): void;
}

export interface AddressLimitOptions {
  /** Connections to one address, over all next hops that lead to it; Infinity for any number. */
  readonly limit: number;
  readonly now: () => number;
  /** Told when an address has as many as it may have and another is wanted: once in a while for each. */
  readonly onFull: (network: string) => void;
}

/**
 * How many connections there are to one remote address, over all next hops that lead to it: names cost nothing, and
 * thousands of domains may lead to one host that says nothing.
 */
export interface AddressLimit {
  /** A place at the first of these addresses that has one; undefined when none has. */
  reserve(addresses: readonly string[]): AddressPlace | undefined;
  /** Waits for a place at the address, in turn; undefined when `signal` is aborted before there is one. */
  enter(address: string, signal: AbortSignal): Promise<AddressPlace | undefined>;
  /** Whether none of these has a place to give to somebody who has none: then they are wanted. */
  shutOut(addresses: readonly string[]): boolean;
  /** Somebody who has no place there wanted one at one of these lately, and got none. */
  areWanted(addresses: readonly string[]): boolean;
  /** Addresses that have as many connections as they may have. */
  full(): number;
  /** Addresses that anything is known of. */
  remembered(): number;
}

/** So long somebody who was refused is taken to be waiting. */
const WANTED_MS = 5_000;
/** How often is told of one address. */
const TELL_MS = 600_000;
/** Addresses about whom it is remembered when was told of them. */
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

  /** Who waits in turn comes first. */
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
