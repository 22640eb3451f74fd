/** Choices that look random and are the same for the same seed. */
export interface Dice {
  /** From 0 to 1, 1 excluded. */
  fraction(): number;
  chance(probability: number): boolean;
  /** A whole number from 0 on, `end` excluded. */
  below(end: number): number;
  /** Throws if there is nothing to choose from. */
  pick<T>(list: readonly T[]): T;
  /** So many different ones, in any order; all, if there are not so many. */
  pickSome<T>(list: readonly T[], count: number): T[];
  /** As many results as there are pips, 1 to `most`. */
  some<T>(most: number, make: () => T): T[];
  shuffled<T>(list: readonly T[]): T[];
}

/** @param seed a whole number */
export function makeDice(seed: number): Dice {
  const fraction = randomFractions(seed);
  const below = (end: number): number => Math.floor(fraction() * end);
  function shuffled<T>(list: readonly T[]): T[] {
    return list
      .map((each) => ({ each, place: fraction() }))
      .toSorted((a, b) => a.place - b.place)
      .map(({ each }) => each);
  }
  return {
    fraction,
    below,
    shuffled,
    chance: (probability) => fraction() < probability,
    some: (most, make) => Array.from({ length: 1 + below(most) }, make),
    pick<T>(list: readonly T[]): T {
      if (list.length === 0) throw new Error('nothing to choose from');
      return list[below(list.length)] as T;
    },
    pickSome: (list, count) => shuffled(list).slice(0, count),
  };
}

/** Mulberry32, from a seed that is spread over all 32 bits first: seeds beside each other have nothing in common. */
function randomFractions(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1);
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
