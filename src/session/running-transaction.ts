import type { Log } from '../core/log/log-event.ts';
import type { Capabilities } from '../core/smtp/capabilities.ts';
import type { Ledger } from '../core/smtp/ledger.ts';
import type { Transaction } from '../core/smtp/transaction.ts';
import type { Peer } from '../core/smtp/verdict.ts';
import type { Conversation } from './conversation.ts';
import type { Timeouts } from './target.ts';

/** A session as its transactions see it. */
export interface Link {
  readonly conversation: Conversation;
  readonly peer: Peer;
  readonly capabilities: Capabilities;
  readonly timeouts: Timeouts;
  /** Octets a second; 0: none. */
  readonly minDataRate: number;
  readonly now: () => number;
  readonly log: Log;
  uses: number;
  /** No further transaction: the server leaves, or the dialogue may be out of step. */
  retired: boolean;
  /** RSET was sent and its reply not yet taken. */
  resetSent: boolean;
}

/** Text: why nobody could say. */
export type RecordedIntent = boolean | { readonly failure: string };

/** One transaction under way, in a session. */
export interface RunningTransaction {
  readonly link: Link;
  readonly transaction: Transaction;
  readonly ledger: Ledger;
  /** What came of recording the intent to send the final dot; absent until that began. */
  intent?: Promise<RecordedIntent>;
  /** The server has been told that the content is complete: it may have the message. */
  committed: boolean;
  /** Recipients that were one too many for this transaction. */
  readonly tooMany: number[];
  /** What had to be done to the content for this server, for the log. */
  readonly altered: string[];
  /** A reused session turned out to have ended before this transaction began. */
  stale: boolean;
  /** The connection was lost, or the server fell silent. */
  broke: boolean;
}
