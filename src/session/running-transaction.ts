import type { StartSigning } from '../core/dkim/message-signer.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Capabilities } from '../core/smtp/capabilities.ts';
import type { Ledger } from '../core/smtp/ledger.ts';
import type { Transaction } from '../core/smtp/transaction.ts';
import type { Peer } from '../core/smtp/verdict.ts';
import type { AheadMemory } from './ahead-memory.ts';
import type { Conversation } from './conversation.ts';
import type { SessionNotes } from './session-notes.ts';
import type { Timeouts } from './target.ts';

/** A session, as its transactions see it. */
export interface Link {
  readonly conversation: Conversation;
  readonly peer: Peer;
  readonly capabilities: Capabilities;
  readonly timeouts: Timeouts;
  /** Octets a second; 0: none. */
  readonly minDataRate: number;
  /** As in SessionOptions. */
  readonly sign: StartSigning | undefined;
  readonly now: () => number;
  readonly log: Log;
  readonly notes: SessionNotes;
  readonly ahead: AheadMemory;
  uses: number;
  /** Resolves when the transaction before has its last reply, or none; undefined once it has. */
  before: Promise<void> | undefined;
  /** Something was sent behind a dot whose reply is still to come. */
  saidMore: boolean;
  /** No further transaction may follow: the server leaves, or the dialogue may be out of step. */
  retired: boolean;
  /** RSET was sent and its reply not yet taken. */
  resetSent: boolean;
  /** A message whose envelope was said has gone elsewhere: when no reply is to come, there is nothing but to hang up. */
  forsaken: boolean;
}

/** Why this is unknown. */
export type RecordedIntent = boolean | { readonly failure: string };

/** One transaction under way, in a session. */
export interface RunningTransaction {
  readonly link: Link;
  readonly transaction: Transaction;
  readonly ledger: Ledger;
  /** The recording of the intent to send the final dot; absent until it begins. */
  intent?: Promise<RecordedIntent>;
  /** Lets the next message go on; present from the final dot on, if it may begin there. Call it when all is over. */
  handOn?: () => void;
  /** The final dot was sent, so the server may have the message. */
  committed: boolean;
  /** Recipients that were one too many for this transaction. */
  readonly tooMany: number[];
  /** How the content was converted for this server, for the log. */
  readonly altered: string[];
  /** DKIM-Signature fields of what the content was made for this server, in the place of those that it came with. */
  signature?: Buffer;
  /** A reused session had ended before this transaction began. */
  stale: boolean;
  /** As for TransactionResult. */
  withdrawn: boolean;
  /** The connection was lost, or the server fell silent. */
  broke: boolean;
}
