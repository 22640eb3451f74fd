import type { History } from '../mail/history.ts';
import type { Message } from '../mail/message.ts';
import type { DeliveryStatus, LastFailure } from '../mail/status.ts';
import type { Tried } from '../mail/tried.ts';

/** The outcome of one attempt, as it is stored. */
export interface Outcome {
  readonly retry?: Progress;
  readonly held?: Held;
  /** Messages of our own that must exist once this outcome does: the reports to the sender and the postmaster. */
  readonly reports?: readonly OutgoingReport[];
  /** For whoever follows the message. */
  readonly history?: History;
}

/** What is known of one destination of a message after an attempt, or after recipients were moved there. */
export interface Progress {
  /** Indexes of the recipients that still wait. */
  readonly left: readonly number[];
  readonly attempts: number;
  /** Epoch ms of the next attempt. */
  readonly nextAt: number;
  /** Absent before the first attempt. */
  readonly last?: LastFailure;
  readonly held?: Held;
  /** Whether the sender was told that the message is late. */
  readonly warned?: boolean;
  /** Recipients that have the message, and about which the sender wants a report: it comes with the next outcome. */
  readonly relayed?: readonly Relayed[];
}

/** Recipients (by index) that wait for the operator's decision, and why. */
export interface Held {
  readonly left: readonly number[];
  readonly last: LastFailure;
}

export interface Relayed extends Pick<DeliveryStatus, 'dsn' | 'reason' | 'remote'> {
  readonly index: number;
}

export interface WrittenReport {
  readonly message: Message;
  readonly content: Buffer;
}

/** A report on its way to its next hop. */
export interface OutgoingReport extends WrittenReport {
  readonly destination: string;
}

/** A recipient of the same message that waits at another destination, and why. */
export interface WaitingElsewhere extends Pick<Tried, 'index' | 'recipient'> {
  readonly last: LastFailure;
}

/**
 * What became of an outcome. `gone`: it is stored, and no recipient of the message waits any more. `stays`: it is
 * stored, and some wait. `not ours`: it is not stored, because another run has taken the message over or the operator
 * deleted it. `unknown`: the same, but the answer to a first try was lost with its connection, and Redis may have
 * carried that out.
 */
export type Settled = 'gone' | 'stays' | 'not ours' | 'unknown';
