import type { Candidate } from './route.ts';

/** What this process has lately seen of the addresses it dialled, so that a silent one costs little time. */
export interface Reachability {
  /**
   * Moves addresses that were silent lately behind others of the same preference. No host comes before a more preferred
   * one, and none is left out.
   */
  order(candidates: readonly Candidate[]): readonly Candidate[];
  /** Notes that an address answered (even with a refusal), or that it did not while others would have. */
  note(candidate: Pick<Candidate, 'address' | 'family'>, seen: 'answered' | 'silent'): void;
}

/** How long silence is remembered. Then one mail tries the address again. */
const MEMORY_MS = 600_000;
const MOST_ADDRESSES = 10_000;
/** After this many silent addresses of a family in a row, the family is taken for dead. */
const SILENT_FAMILY = 3;

export function createReachability(now: () => number): Reachability {
  const silentUntil = new Map<string, number>();
  const silentOf = { 4: new Set<string>(), 6: new Set<string>() };
  const familyUntil = { 4: 0, 6: 0 };

  function isSilent({ address, family }: Candidate): boolean {
    return familyUntil[family] > now() || (silentUntil.get(address) ?? 0) > now();
  }

  return {
    order: (candidates) =>
      candidates.toSorted((a, b) => a.preference - b.preference || Number(isSilent(a)) - Number(isSilent(b))),
    note({ address, family }, seen) {
      silentUntil.delete(address);
      if (seen === 'answered') {
        silentOf[family].clear();
        familyUntil[family] = 0;
        return;
      }
      silentUntil.set(address, now() + MEMORY_MS);
      silentOf[family].add(address);
      if (silentOf[family].size >= SILENT_FAMILY) familyUntil[family] = now() + MEMORY_MS;
      for (const [oldest] of silentUntil) {
        if (silentUntil.size <= MOST_ADDRESSES) break;
        silentUntil.delete(oldest);
        silentOf[4].delete(oldest);
        silentOf[6].delete(oldest);
      }
    },
  };
}
