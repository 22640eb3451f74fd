/**
 * How long a server may still keep us waiting while it takes the content (Postfix: `smtp_data_xfer_timeout` with
 * `smtp_min_data_rate`). What it takes gives it more time, never more than the limit; the time that it does not need is
 * not counted, so our own slowness is nobody's fault.
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

  /** `bytes` went out, and were waited for so long. */
  took(waitedMs: number, bytes: number): void {
    const earnedMs = this.#bytesPerSecond === 0 ? Infinity : (bytes / this.#bytesPerSecond) * 1000;
    this.#leftMs = Math.min(this.#limitMs, this.#leftMs - waitedMs + earnedMs);
  }
}
