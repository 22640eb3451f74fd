interface Timer {
  readonly at: number;
  readonly ring: () => void;
}

/** A clock that jumps from one timer to the next as soon as nothing is left to do: days pass in milliseconds. */
export class VirtualTime {
  #now: number;
  #timers: Timer[] = [];

  constructor(startMs: number) {
    this.#now = startMs;
  }

  readonly now = (): number => this.#now;

  /** Calls `ring` at that time, or next if it is past. */
  at(at: number, ring: () => void): void {
    // Sorted, so that timers of one time ring in the order they were set.
    let low = 0;
    let high = this.#timers.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#timers[middle]?.at ?? 0) <= at) low = middle + 1;
      else high = middle;
    }
    this.#timers.splice(low, 0, { at, ring });
  }

  readonly sleep = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const done = (): void => {
        signal?.removeEventListener('abort', done);
        resolve();
      };
      signal?.addEventListener('abort', done);
      this.at(this.#now + ms, done);
    });

  /** Lets time pass until `until`, or until nothing is set any more. */
  async run(until: number): Promise<void> {
    for (;;) {
      // Promises that are ready run before this comes back.
      await new Promise((resolve) => setImmediate(resolve));
      const next = this.#timers[0];
      if (next === undefined || next.at > until) break;
      this.#timers.shift();
      this.#now = Math.max(this.#now, next.at);
      next.ring();
    }
    this.#now = Math.max(this.#now, until);
  }
}
