/**
 * A moment by which something must have happened. It can be moved as often as needed. Moving it later needs no new
 * timer: when the running timer fires, it is set again for the rest.
 */
export class Deadline {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0;
  #expiresAt = Infinity;

  /** @param expired is called each time the moment passes */
  constructor(expired: () => void) {
    this.#expired = expired;
  }

  arm(timeoutMs: number): void {
    this.#expiresAt = performance.now() + timeoutMs;
    if (this.#timer === undefined || this.#firesAt > this.#expiresAt) this.#start(timeoutMs);
  }

  /** Stops waiting. A running timer ends without effect. */
  disarm(): void {
    this.#expiresAt = Infinity;
  }

  /** Ends the deadline for good. */
  stop(): void {
    this.disarm();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = performance.now() + delayMs;
    this.#timer = setTimeout(this.#fire, delayMs);
    // What is waited for keeps the process alive, so the timer need not.
    this.#timer.unref();
  }

  readonly #fire = (): void => {
    this.#timer = undefined;
    if (this.#expiresAt === Infinity) return;
    const leftMs = this.#expiresAt - performance.now();
    // Timers count whole milliseconds and may fire a fraction early.
    if (leftMs > 1) {
      this.#start(leftMs);
      return;
    }
    this.#expiresAt = Infinity;
    this.#expired();
  };
}
