/**
 * One moment by which something must have happened, moved as often as needed.
 * Moving it later costs no timer: the one that runs is looked at when it fires, and set anew for what is left.
 */
export class Deadline {
  readonly #expired: () => void;
  #timer: NodeJS.Timeout | undefined;
  #firesAt = 0;
  #expiresAt = Infinity;

  /** `expired` is called each time the moment passes. */
  constructor(expired: () => void) {
    this.#expired = expired;
  }

  arm(timeoutMs: number): void {
    this.#expiresAt = performance.now() + timeoutMs;
    if (this.#timer === undefined || this.#firesAt > this.#expiresAt) this.#start(timeoutMs);
  }

  /** Nothing is waited for. A timer that runs is left to end without effect. */
  disarm(): void {
    this.#expiresAt = Infinity;
  }

  /** No more. */
  stop(): void {
    this.disarm();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #start(delayMs: number): void {
    clearTimeout(this.#timer);
    this.#firesAt = performance.now() + delayMs;
    this.#timer = setTimeout(this.#fire, delayMs);
    // What is waited for keeps the process alive; the timer alone need not.
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
