import type { Message, Recipient } from '../mail/message.ts';
import type { LastFailure } from '../mail/status.ts';
import type { Tried } from '../mail/tried.ts';
import type { DotIntent, Transaction } from '../smtp/transaction.ts';
import type { Known } from './attempt.ts';

/** A message for one destination, claimed by the run that has the lease of the destination. */
export interface Claim {
  readonly message: Message;
  /** Recipients at this destination that still wait, with their index in the envelope. */
  readonly waiting: readonly { readonly index: number; readonly recipient: Recipient }[];
  /** Attempts made before this one. */
  readonly attempts: number;
  /** Whether the sender was told that the message is late. */
  readonly warned?: boolean;
  /** The operator wants it returned to its sender now, untried, with the reason of the last attempt that failed. */
  readonly forceExpired?: { readonly last?: LastFailure };
  readonly content: Transaction['content'];
  /**
   * Those of `waiting` (by index) to whom an interrupted attempt had sent the final dot before its outcome was stored.
   */
  readonly inDoubt: readonly number[];
  /** Recipients to which an interrupted attempt has delivered it, and about which the sender must still be told. */
  readonly relayed?: readonly Tried[];
  /** The intent to send the final dot to the recipients of these indexes. */
  readonly intent: (indexes: readonly number[]) => DotIntent;
  /**
   * Stores what is known of recipients during an attempt: whatever happens, those that have the message do not get it
   * again. Nobody waits for this, because the outcome of the attempt repeats it.
   */
  readonly heard: (known: Known) => void;
}
