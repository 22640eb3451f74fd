/** Chance that comes out the same for the same seed. */
export interface Dice {
  /** 0 to 1. */
  fraction(): number;
  /** A whole number from 0 to `limit` - 1. */
  below(limit: number): number;
  one<T>(things: readonly T[]): T;
  /** So many different ones. */
  some<T>(things: readonly T[], count: number): readonly T[];
}

/** mulberry32 */
export function dice(seed: number): Dice {
  let state = seed >>> 0;
  function fraction(): number {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    one<T>(things: readonly T[]): T {
      const thing = things[below(things.length)];
      if (thing === undefined) throw new Error('nothing to choose from');
      return thing;
    },
    some<T>(things: readonly T[], count: number): readonly T[] {
      const left = [...things];
      return Array.from({ length: count }, () => left.splice(below(left.length), 1)).flat();
    },
  };
}
