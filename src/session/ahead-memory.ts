import type { Peer } from '../core/smtp/verdict.ts';

/** Addresses that are remembered. */
const MOST = 10_000;
/** Where a reply takes so long, a round trip less is no gain, and what waits behind it would rather go elsewhere. */
const SLOW_MS = 1_000;
/** Without ahead, a message goes out with the first session that is free, and waits for none that is busy for long. */
const LONGEST_WAIT_MS = 5_000;

/** Which hosts get the next envelope behind a final dot. */
export interface AheadMemory {
  mayTry(peer: Peer): boolean;
  /** So long a message waits for the reply to the dot before it; then it goes elsewhere. */
  readonly longestWaitMs: number;
  /** The host does not bear it, whatever it says of PIPELINING: it gets none again, for as long as the process lives. */
  failed(peer: Peer): void;
  /** How long the reply to a final dot took, or takes already. A host that is slow gets none until it is quick. */
  answered(peer: Peer, tookMs: number): void;
}

/** @param isWanted false: nothing is ever sent ahead */
export function createAheadMemory(isWanted: boolean, longestWaitMs = LONGEST_WAIT_MS): AheadMemory {
  const failed = new Set<string>();
  const slow = new Set<string>();
  const nameOf = ({ address, port }: Peer): string => `${address} ${port}`;
  return {
    longestWaitMs,
    mayTry(peer) {
      if (!isWanted || failed.size >= MOST) return false;
      const name = nameOf(peer);
      return !failed.has(name) && !slow.has(name);
    },
    failed(peer) {
      failed.add(nameOf(peer));
    },
    answered(peer, tookMs) {
      if (tookMs < SLOW_MS) {
        if (slow.size > 0) slow.delete(nameOf(peer));
        return;
      }
      // To forget one costs that host a wait.
      if (slow.size >= MOST) slow.clear();
      slow.add(nameOf(peer));
    },
  };
}
