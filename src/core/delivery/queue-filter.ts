/**
 * Of a delivery that waits. `active`: an attempt is under way; `deferred`: it failed before and waits; `incoming`: never
 * tried; `held`: may have arrived, and waits for `queue release` or `queue delete`; `hold`: the operator has placed it on
 * hold.
 */
export const queuedStates = ['incoming', 'active', 'deferred', 'hold', 'held'] as const;
export type QueuedState = (typeof queuedStates)[number];

/** Which deliveries are meant: those for which all of this holds. */
export interface QueueFilter {
  /** The message arrived at this moment or before, or behind it; epoch ms. */
  readonly arrivedBefore?: number;
  readonly arrivedAfter?: number;
  /**
   * One of these: an address, a domain (`x.test`, `@x.test`), the domains below one (`.x.test`), or `<>`, the null sender.
   */
  readonly senders?: readonly string[];
  /** The same, of one recipient at least. */
  readonly recipients?: readonly string[];
  /** The name of a destination, as in `queue list`. */
  readonly destination?: string;
  /** Part of the reason why it waits, in any case. */
  readonly reason?: string;
  /** Octets, inclusive. */
  readonly smallest?: number;
  readonly largest?: number;
  readonly states?: readonly QueuedState[];
}
