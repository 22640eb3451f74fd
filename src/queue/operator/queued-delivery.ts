/** One destination of one waiting message, as `queue list` shows it. */
export interface QueuedDelivery {
  readonly queueId: string;
  readonly destination: string;
  /**
   * `active`: an attempt is under way; `deferred`: it failed before and waits; `incoming`: never tried; `held`: may have
   * arrived, and waits for `queue release` or `queue delete`; `hold`: the operator has placed it on hold.
   */
  readonly state: 'incoming' | 'active' | 'deferred' | 'held' | 'hold';
  readonly sender: string;
  readonly recipients: readonly string[];
  readonly size: number;
  readonly arrivedAt: number;
  readonly attempts: number;
  /** Epoch ms; absent during an attempt, and for what is held. */
  readonly nextAt?: number;
  /** Epoch ms until which the destination is suspended. */
  readonly suspendedUntil?: number;
  /** Why it is not tried although it is due. */
  readonly postponed?: string;
  /** Why the last attempt failed. */
  readonly dsn?: string;
  readonly reason?: string;
  /** Instead of its next attempt it is returned to its sender, as the operator wishes. */
  readonly forceExpired?: true;
}
