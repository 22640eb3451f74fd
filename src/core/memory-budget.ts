/** Below this share of its limit a budget that was exhausted counts as having room again. */
const RELIEF = 0.9;

/** Octets of memory that many share. Each user counts what it takes, and gives it back. */
export interface MemoryBudget {
  readonly limitBytes: number;
  usedBytes(): number;
  /** False, and nothing is taken, if it would be more than the limit. */
  take(bytes: number): boolean;
  /** Takes them even if there is no room. */
  takeAnyway(bytes: number): void;
  give(bytes: number): void;
}

/** @param exhausted is called at a refusal, once until there is room again */
export function createMemoryBudget(limitBytes: number, exhausted: () => void = () => {}): MemoryBudget {
  let used = 0;
  let told = false;
  return {
    limitBytes,
    usedBytes: () => used,
    take(bytes) {
      if (used + bytes > limitBytes) {
        if (!told) exhausted();
        told = true;
        return false;
      }
      used += bytes;
      return true;
    },
    takeAnyway: (bytes) => void (used += bytes),
    give(bytes) {
      used -= bytes;
      if (used < limitBytes * RELIEF) told = false;
    },
  };
}

/** The part of one user: it grows, and is given back as a whole. */
export class MemoryShare {
  readonly #budget: MemoryBudget;
  #bytes = 0;

  constructor(budget: MemoryBudget) {
    this.#budget = budget;
  }

  /** False, and nothing is taken, if there is no room for that many. */
  grow(bytes: number): boolean {
    if (!this.#budget.take(bytes)) return false;
    this.#bytes += bytes;
    return true;
  }

  /** May be called more than once. */
  release(): void {
    this.#budget.give(this.#bytes);
    this.#bytes = 0;
  }
}
