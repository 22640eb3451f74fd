export interface TimeoutLimits {
  /** Time for one command, and between two pieces of a message. */
  readonly timeoutMs: number;
  /** Octets a second that a message must average once `timeoutMs` is over. */
  readonly minDataRateBytes: number;
}

/**
 * How long a client may let us wait (RFC 5321 §4.5.3.2.7). A command has one deadline, and so has a message, so that a
 * client cannot keep a session by a trickle of octets. Times are those of performance.now().
 */
export class ClientTimeouts {
  readonly #limits: TimeoutLimits;
  /** When the client's turn began. */
  #since: number;
  /** When its message began, plus the time for which it had to wait for us. */
  #messageSince: number | undefined;
  #lookedAt: number;

  constructor(limits: TimeoutLimits, now: number) {
    this.#limits = limits;
    this.#since = now;
    this.#lookedAt = now;
  }

  /** A command has come, or was answered; octets of a message have come. */
  begin(now: number): void {
    this.#since = now;
  }

  messageBegins(now: number): void {
    this.#since = now;
    this.#messageSince = now;
    this.#lookedAt = now;
  }

  messageEnds(now: number): void {
    this.#since = now;
    this.#messageSince = undefined;
  }

  /**
   * Whether the client's time is over. Ask this now and then.
   *
   * @param receivedBytes of the message
   * @param waitsForUs the client cannot send more of it
   * @param timeoutMs shorter than the limit while all connections are in use
   */
  isOver(
    now: number,
    receivedBytes: number,
    waitsForUs: boolean,
    timeoutMs = this.#limits.timeoutMs,
  ): boolean {
    const passed = now - this.#lookedAt;
    this.#lookedAt = now;
    if (waitsForUs) {
      this.#since = now;
      if (this.#messageSince !== undefined) this.#messageSince += passed;
      return false;
    }
    if (now - this.#since >= timeoutMs) return true;
    if (this.#messageSince === undefined) return false;
    const allowedMs = timeoutMs + (receivedBytes / this.#limits.minDataRateBytes) * 1000;
    return now - this.#messageSince >= allowedMs;
  }
}
