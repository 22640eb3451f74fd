/** What is asked for goes beyond the bounds. */
export const full = Symbol('full');

export interface QueueBounds {
  /** Pieces of work under way at the same time. */
  readonly running: number;
  /** Pieces that wait for their turn, all together. */
  readonly waiting: number;
  /** Of these, as many of one owner. */
  readonly waitingOfOne: number;
}

/** Does work of several owners a few pieces at a time. The owners take turns, so that none waits for another's many. */
export class WorkQueue {
  readonly #bounds: QueueBounds;
  /** Owners in the order of their turns. */
  readonly #waiting = new Map<string, (() => void)[]>();
  #running = 0;
  #count = 0;

  constructor(bounds: QueueBounds) {
    this.#bounds = bounds;
  }

  get running(): number {
    return this.#running;
  }

  get waiting(): number {
    return this.#count;
  }

  /** Does a piece of work in its turn, and settles as it does. Resolves to `full` if there is no room for it. */
  async run<T>(owner: string, work: () => Promise<T>): Promise<T | typeof full> {
    if (this.#running < this.#bounds.running) this.#running += 1;
    else if (!(await this.#turn(owner))) return full;
    try {
      return await work();
    } finally {
      this.#handOn();
    }
  }

  #turn(owner: string): Promise<boolean> {
    const mine = this.#waiting.get(owner) ?? [];
    if (this.#count >= this.#bounds.waiting || mine.length >= this.#bounds.waitingOfOne)
      return Promise.resolve(false);
    this.#count += 1;
    this.#waiting.set(owner, mine);
    return new Promise((resolve) => mine.push(() => resolve(true)));
  }

  /** Whoever waits takes the place over, so that nobody comes between. */
  #handOn(): void {
    const [first] = this.#waiting;
    if (first === undefined) {
      this.#running -= 1;
      return;
    }
    const [owner, turns] = first;
    this.#waiting.delete(owner);
    const begin = turns.shift();
    if (turns.length > 0) this.#waiting.set(owner, turns);
    this.#count -= 1;
    begin?.();
  }
}
