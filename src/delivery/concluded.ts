import type { Attempt } from '../core/delivery/attempt.ts';
import type { Message } from '../core/mail/message.ts';
import type { Settlement } from '../core/outcome/settle.ts';

/** An attempt that has come to its end. */
export interface Concluded {
  readonly message: Message;
  /** In the queue. */
  readonly destination: string;
  readonly attempts: readonly Attempt[];
  readonly settlement: Settlement;
  /** Attempts of the message at this destination, this one included. */
  readonly count: number;
  /** Epoch ms. */
  readonly at: number;
}
