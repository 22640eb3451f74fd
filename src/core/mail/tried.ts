import type { Recipient } from './message.ts';
import type { DeliveryStatus } from './status.ts';

/** One recipient of an attempt, with its place in the envelope of the message. */
export interface Tried {
  readonly index: number;
  readonly recipient: Recipient;
  readonly status: DeliveryStatus;
}
