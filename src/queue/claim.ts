import type { Message, Recipient } from '../core/mail/message.ts';
import { HELD } from './keys.ts';
import type { StoredClaim } from './move.ts';
import { decodeProgress, decodeRecord, type Held, readDot, type Progress, type Routing } from './record.ts';

/** A message to be brought to one destination, claimed by the run that holds it. */
export interface Claim {
  readonly message: Message;
  /** All destinations of the message, with the indexes of their recipients. */
  readonly routing: Routing;
  /** Recipients at this destination that still wait, with their index in the envelope. */
  readonly waiting: readonly { readonly index: number; readonly recipient: Recipient }[];
  /** Attempts made before this one. */
  readonly attempts: number;
  /** The sender was told that the message is late. */
  readonly warned: boolean;
  /** May be called again for another host. Rejects when the store cannot give it. */
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Those of `waiting` (by index) to whom the final dot may have been sent in an attempt whose outcome nobody knows. */
  readonly inDoubt: readonly number[];
  /** Recipients that wait for a word of the operator. */
  readonly held?: Held;
  /** Leave to send the final dot to the recipients of these indexes (see leave-book.ts). */
  readonly leave: (indexes: readonly number[]) => Leave;
  /** As the store has it. */
  readonly stored: StoredClaim;
}

export interface Leave {
  /** False when another run has taken the message over. Rejects when that cannot be found out. */
  ask(): Promise<boolean>;
  /** False once another run may have taken the message over after it was asked for. */
  good(): boolean;
}

/** What one attempt came to, for the record. */
export interface Verdict {
  readonly retry?: Progress;
  readonly held?: Held;
  /** Messages of our own that must exist once this verdict does: what the sender and the postmaster are told. */
  readonly reports?: readonly {
    readonly message: Message;
    readonly content: Buffer;
    readonly destination: string;
  }[];
}

/**
 * What became of a verdict. `gone`: it is stored, and nobody waits for the message any more. `stays`: it is stored, and
 * somebody does. `not ours`: it is not stored, because another run has taken the message over or the operator deleted it.
 * `unknown`: the same, but the answer to a first try was lost with its connection, and Redis may have carried that out.
 */
export type Settled = 'gone' | 'stays' | 'not ours' | 'unknown';

/** What `take` gave of a message. */
export interface TakenEntry {
  readonly destination: string;
  readonly record: string;
  /** Empty before the first attempt. */
  readonly progress: string;
  /** Of the attempt that was cut off, if there was one. */
  readonly dot: string;
}

/** Throws when the record is of a version that only a newer relay knows. */
export function claimOf(
  { destination, record, progress: progressText, dot }: TakenEntry,
  content: (queueId: string) => ReturnType<Claim['content']>,
  leave: (queueId: string, recipients: string) => Leave,
): Claim {
  const { message, routing } = decodeRecord(record);
  const { queueId } = message;
  const progress = progressText === '' ? undefined : decodeProgress(progressText);
  const indexes = progress?.left ?? routing.get(destination) ?? [];
  return {
    message,
    routing,
    warned: progress?.warned ?? false,
    waiting: indexes.flatMap((index) => {
      const recipient = message.envelope.recipients[index];
      return recipient === undefined ? [] : [{ index, recipient }];
    }),
    attempts: progress?.attempts ?? 0,
    content: () => content(queueId),
    inDoubt: readDot(dot, indexes),
    ...(progress?.held === undefined ? {} : { held: progress.held }),
    leave: (asked) => leave(queueId, asked.length === indexes.length ? '*' : asked.join()),
    stored: { queueId, destination, waiting: indexes, progress: progressText, routing },
  };
}

/** What is known of the destination once a verdict is stored; undefined when nobody waits any more. */
export function progressAfter(claim: Claim, { retry, held }: Verdict): Progress | undefined {
  const before = claim.held;
  const both =
    before === undefined || held === undefined
      ? (held ?? before)
      : { left: [...before.left, ...held.left], last: held.last };
  if (both === undefined) return retry;
  const waiting = retry ?? { left: [], attempts: claim.attempts + 1, nextAt: HELD, last: both.last };
  return { ...waiting, held: both };
}
