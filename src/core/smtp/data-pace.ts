/**
 * How long a server may still keep us waiting while it takes the content (Postfix: `smtp_data_xfer_timeout` with
 * `smtp_min_data_rate`). What it takes gives it more time, never more than the limit. Time in which it is not awaited
 * does not count, so our own slowness is not held against it.
 */
export class DataPace {
  readonly #limitMs: number;
  readonly #bytesPerSecond: number;
  #leftMs: number;

  /** With `bytesPerSecond` 0 each piece has the whole limit. */
  constructor(limitMs: number, bytesPerSecond: number) {
    this.#limitMs = limitMs;
    this.#bytesPerSecond = bytesPerSecond;
    this.#leftMs = limitMs;
  }

  get leftMs(): number {
    return this.#leftMs;
  }

  /** Notes that `bytes` went out, and how long this was waited for. */
  took(waitedMs: number, bytes: number): void {
    const earnedMs = this.#bytesPerSecond === 0 ? Infinity : (bytes / this.#bytesPerSecond) * 1000;
    this.#leftMs = Math.min(this.#limitMs, this.#leftMs - waitedMs + earnedMs);
  }
}
