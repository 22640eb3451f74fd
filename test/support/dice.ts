/** Choices that look random and are the same for the same seed. */
export interface Dice {
  chance(probability: number): boolean;
  /** As many results as there are pips, 1 to `most`. */
  some<T>(most: number, make: () => T): T[];
  pick<T>(list: readonly [T, ...T[]]): T;
  /** A whole number from 0 on, `end` excluded. */
  below(end: number): number;
  shuffled<T>(list: readonly T[]): T[];
}

export function makeDice(seed: number): Dice {
  const random = randomNumbers(seed);
  return {
    chance: (probability) => random() < probability,
    some: (most, make) => Array.from({ length: 1 + Math.floor(random() * most) }, make),
    pick: (list) => list[Math.floor(random() * list.length)] ?? list[0],
    below: (end) => Math.floor(random() * end),
    shuffled: (list) =>
      list
        .map((each) => ({ each, place: random() }))
        .toSorted((a, b) => a.place - b.place)
        .map(({ each }) => each),
  };
}

/** Marsaglia's xorshift with 32 bits: numbers from 0 to 1, 1 excluded. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}
