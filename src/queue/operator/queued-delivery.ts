import type { TlsFault } from '../../core/mail/status.ts';
import type { QueuedState } from '../../core/delivery/queue-filter.ts';

/** One destination of one waiting message, as `queue list` shows it. */
export interface QueuedDelivery {
  readonly queueId: string;
  readonly destination: string;
  readonly state: QueuedState;
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
  /** What of TLS or DANE it failed for. */
  readonly tlsFault?: TlsFault;
  /** Instead of its next attempt it is returned to its sender, as the operator wishes. */
  readonly forceExpired?: true;
}
