import type { OutgoingReport } from '../core/delivery/outcome.ts';
import type { Message } from '../core/mail/message.ts';
import type { Tried } from '../core/mail/tried.ts';
import type { Reports, Report } from '../core/report/report.ts';

/** What is told of recipients that were refused. */
export interface Notification extends Pick<Reports, 'discarded'> {
  /** None if nobody is to be told. */
  readonly reports: readonly (OutgoingReport & { readonly report: Report })[];
}

/** Reports on messages that are refused when nobody waits for a reply. */
export interface Returning {
  /** Decides who is told, and writes the reports; they are not stored yet. Rejects only for a bug. */
  readonly write: (
    refused: { readonly message: Message; readonly content: () => AsyncIterable<Buffer> },
    failed: readonly Tried[],
  ) => Promise<Notification>;
  /**
   * Puts reports into the queue, all in one step, once for this name of a file in the maildrop. Rejects as Accept does,
   * with the code `QUEUE_TAKEN` if there was something stored for the name before.
   */
  readonly store: (reports: readonly OutgoingReport[], takenOnce: string) => Promise<void>;
}
