import type { Peer } from '../core/smtp/verdict.ts';

/** Addresses that are remembered. */
const MOST = 10_000;

/**
 * Hosts that do not bear the next envelope behind a final dot, whatever they say of PIPELINING: for as long as the
 * process lives.
 */
export interface AheadMemory {
  mayTry(peer: Peer): boolean;
  failed(peer: Peer): void;
}

/** @param isWanted false: nothing is ever sent ahead */
export function createAheadMemory(isWanted: boolean): AheadMemory {
  const failed = new Set<string>();
  const nameOf = ({ address, port }: Peer): string => `${address} ${port}`;
  return {
    mayTry: (peer) => isWanted && failed.size < MOST && !failed.has(nameOf(peer)),
    failed(peer) {
      failed.add(nameOf(peer));
    },
  };
}
