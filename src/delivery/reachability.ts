import type { Candidate } from './route.ts';

/** What this process has lately seen of the addresses it called, so that one that is silent costs little time. */
export interface Reachability {
  /**
   * Those that were silent lately behind their equals of the same preference. No host comes before a better one, and
   * none is left out.
   */
  order(candidates: readonly Candidate[]): readonly Candidate[];
  /** It answered, be it with a refusal; or it did not while others would have. */
  note(candidate: Pick<Candidate, 'address' | 'family'>, seen: 'answered' | 'silent'): void;
}

/** How long silence is remembered: then one mail finds out. */
const MEMORY_MS = 600_000;
const MOST_ADDRESSES = 10_000;
/** So many silent addresses of a family, and no other in between, and the family is taken for dead. */
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
