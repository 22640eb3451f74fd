import type { OutgoingReport } from '../core/delivery/outcome.ts';
import type { Remember } from '../core/intake/door.ts';
import type { Client, Envelope, Message } from '../core/mail/message.ts';

/** A message that a client is handing over. */
export interface Submission {
  readonly queueId: string;
  readonly envelope: Envelope;
  readonly client: Client;
  /** Epoch milliseconds of the MAIL FROM. */
  readonly arrivedAt: number;
  /** Name of its file in the maildrop, which is accepted only once. */
  readonly takenOnce?: string;
  /** Octets that the client announced (RFC 1870), absent if it did not. */
  readonly declaredSizeBytes?: number;
  /**
   * The content as it is to be stored. It can be read once, and is received while it is read. Throws ContentRefused if
   * the message is refused or the client goes away; nothing of it may be kept then.
   */
  readonly content: AsyncIterable<Buffer>;
  /** For a client that may ask later what became of the message. */
  readonly remember?: Remember;
  /** What its sender is told of recipients that were refused; stored with it, in one step. */
  readonly reports?: readonly OutgoingReport[];
  /** The complete record. Throws unless the content was read to its end. */
  readonly message: () => Message;
}

/**
 * Accepts a message: reads the content to its end, and resolves once content and envelope are on stable storage. Rejects
 * with ContentRefused if whoever stores it refuses it, or with an error whose `code` is `QUEUE_FULL` or another `QUEUE_…` if the store does not take it now.
 */
export type Accept = (submission: Submission) => Promise<Message>;
