/** Moments of one delivery attempt, epoch milliseconds, in the order they happen. */
export interface Stamps {
  readonly arrivedAt: number;
  /** Entered the active queue for this attempt. */
  readonly activeAt: number;
  /** Handed to the delivery agent. */
  readonly handedAt: number;
  /** About to send MAIL FROM; absent when it never came to that. */
  readonly transactionAt?: number | undefined;
  readonly doneAt: number;
}

/** `delay=` and the four `delays=`, in seconds: before the active queue, in it, connection set-up, transmission. */
export interface Delays {
  readonly total: number;
  readonly parts: readonly [beforeQueue: number, inQueue: number, setup: number, transmission: number];
}

export function delaysOf(stamps: Stamps): Delays {
  const { arrivedAt, activeAt, handedAt, doneAt } = stamps;
  const transactionAt = stamps.transactionAt ?? doneAt;
  const seconds = (from: number, to: number): number => Math.max(0, to - from) / 1000;
  return {
    total: seconds(arrivedAt, doneAt),
    parts: [
      seconds(arrivedAt, activeAt),
      seconds(activeAt, handedAt),
      seconds(handedAt, transactionAt),
      seconds(transactionAt, doneAt),
    ],
  };
}

/**
 * Postfix's short form of a duration in seconds: two significant digits, at most two decimals, rounded half up,
 * no trailing zeros. Whole numbers from ten seconds on.
 */
export function formatDelay(seconds: number): string {
  if (seconds <= 0) return '0';
  // Rounds whole microseconds, because 1.05 must round up although its binary value is a little less.
  const micros = Math.round(seconds * 1e6);
  const unit = micros >= 9_950_000 ? 1_000_000 : micros >= 995_000 ? 100_000 : 10_000;
  const units = Math.floor((micros + unit / 2) / unit);
  return String((units * unit) / 1_000_000);
}
