import type { Message, Recipient } from '../mail/message.ts';
import type { Tried } from '../mail/tried.ts';
import type { DotIntent, Transaction } from '../smtp/transaction.ts';
import type { Known } from './attempt.ts';

/** A message to be brought to one destination, claimed by the run that has the lease of it. */
export interface Claim {
  readonly message: Message;
  /** Recipients at this destination that still wait, with their index in the envelope. */
  readonly waiting: readonly { readonly index: number; readonly recipient: Recipient }[];
  /** Attempts made before this one. */
  readonly attempts: number;
  /** The sender was told that the message is late. */
  readonly warned?: boolean;
  readonly content: Transaction['content'];
  /** Those of `waiting` (by index) whose final dot was sent by an attempt that was cut off before its outcome was stored. */
  readonly inDoubt: readonly number[];
  /** Recipients that an attempt that was cut off brought it to, and of whom the sender is still to be told. */
  readonly relayed?: readonly Tried[];
  /** The intent to send the final dot to the recipients of these indexes. */
  readonly intent: (indexes: readonly number[]) => DotIntent;
  /**
   * Stores, in the midst of an attempt, what is known of recipients by now: whatever happens, those who have the message
   * do not get it again. Not waited for: the outcome of the attempt says it all again.
   */
  readonly heard: (known: Known) => void;
}
