import type { Message, Recipient } from '../../core/mail/message.ts';
import type { DeliveryStatus } from '../../core/mail/status.ts';
import { wantsRelayed } from '../../core/outcome/report.ts';
import { HELD } from '../forms/keys.ts';
import type { StoredClaim } from './move.ts';
import {
  decodeProgress,
  type Held,
  readDot,
  type Progress,
  type QueueRecord,
  type Relayed,
  type Routing,
} from '../forms/record.ts';

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
  /** Recipients that have the message, and of whom the sender is still to be told. */
  readonly relayed: readonly RelayedRecipient[];
  /** The intent to send the final dot to the recipients of these indexes (see intent-log.ts). */
  readonly intent: (indexes: readonly number[]) => DotIntent;
  /**
   * Writes down, in the midst of an attempt, what is known of recipients by now (by their index): whatever happens, those
   * who have the message do not get it again. Not waited for: the outcome of the attempt says it all again.
   */
  readonly heard: (known: Known) => void;
  /** As the store has it. */
  readonly stored: StoredClaim;
}

/** The last word on each recipient, by index. */
export type Known = ReadonlyMap<number, { readonly status: DeliveryStatus }>;

export interface RelayedRecipient {
  readonly index: number;
  readonly recipient: Recipient;
  readonly status: DeliveryStatus;
}

export interface DotIntent {
  /** False when another run has taken the message over. Rejects when that cannot be found out. */
  record(): Promise<boolean>;
  /** False once another run may have taken the message over after it was asked for. */
  holds(): boolean;
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

/** What `take` gave of a message. */
export interface TakenEntry {
  readonly destination: string;
  readonly record: QueueRecord;
  /** Empty before the first attempt. */
  readonly progress: string;
  /** Of the attempt that was cut off, if there was one. */
  readonly dot: string;
}

export interface ClaimPorts {
  /** `*` for everybody who waits, else indexes with commas. */
  readonly intent: (queueId: string, recipients: string) => DotIntent;
  /** Stores what is known in the midst of an attempt. */
  readonly note: (queueId: string, progress: Progress, dot: string) => void;
}

/** Throws when the progress is of a version that only a newer relay knows. */
export function claimOf(
  { destination, record, progress: progressText, dot }: TakenEntry,
  content: Claim['content'],
  ports: ClaimPorts,
): Claim {
  const { message, routing } = record;
  const { queueId } = message;
  const progress = progressText === '' ? undefined : decodeProgress(progressText);
  const indexes = progress?.left ?? routing.get(destination) ?? [];
  const inDoubt = readDot(dot, indexes);
  return {
    message,
    routing,
    warned: progress?.warned ?? false,
    waiting: indexes.flatMap((index) => {
      const recipient = message.envelope.recipients[index];
      return recipient === undefined ? [] : [{ index, recipient }];
    }),
    attempts: progress?.attempts ?? 0,
    content,
    inDoubt,
    relayed: (progress?.relayed ?? []).flatMap(({ index, ...status }) => {
      const recipient = message.envelope.recipients[index];
      return recipient === undefined ? [] : [{ index, recipient, status: { ...relayed, ...status } }];
    }),
    ...(progress?.held === undefined ? {} : { held: progress.held }),
    ...wordsOf(message, { ...(progress ?? untried(message)), left: indexes }, inDoubt, ports),
    stored: { queueId, destination, waiting: indexes, progress: progressText, routing },
  };
}

/** Of a message that nobody has tried to deliver, but for who waits. */
function untried({ queuedAt, arrivedAt }: Message): Omit<Progress, 'left'> {
  return { attempts: 0, nextAt: queuedAt ?? arrivedAt };
}

/** How the store hears of an attempt before it has come to its end. */
function wordsOf(
  message: Message,
  before: Progress,
  inDoubt: readonly number[],
  { intent, note }: ClaimPorts,
): Pick<Claim, 'intent' | 'heard'> {
  const { queueId } = message;
  const { length } = before.left;
  return {
    intent: (asked) => intent(queueId, asked.length === length ? '*' : asked.join()),
    heard(known) {
      const open = inDoubt.filter((index) => !known.has(index));
      const lost = [...known.keys()].filter((index) => known.get(index)?.status.ambiguous);
      note(queueId, progressAmidst(before, message, known), [...open, ...lost].join());
    },
  };
}

/** The same claim without those recipients that were moved elsewhere. @param stays progress of the others */
export function withoutMoved(
  claim: Claim,
  moved: ReadonlySet<number>,
  stays: string,
  ports: ClaimPorts,
): Claim {
  const waiting = claim.waiting.filter(({ index }) => !moved.has(index));
  return {
    ...claim,
    waiting,
    ...wordsOf(claim.message, decodeProgress(stays), claim.inDoubt, ports),
    stored: { ...claim.stored, waiting: waiting.map(({ index }) => index), progress: stays },
  };
}

const relayed = { outcome: 'sent', scope: 'recipient', withoutDsn: true } as const;

/** What waits while an attempt is under way: those who have the message do not any more. */
function progressAmidst(before: Progress, { envelope }: Message, known: Known): Progress {
  const isSent = (index: number): boolean => known.get(index)?.status.outcome === 'sent';
  const told = before.left.flatMap((index): Relayed[] => {
    const status = known.get(index)?.status;
    const recipient = envelope.recipients[index];
    if (status?.outcome !== 'sent' || recipient === undefined) return [];
    if (!wantsRelayed({ recipient, status })) return [];
    const { dsn, reason, remote } = status;
    return [{ index, dsn, reason, ...(remote !== undefined && { remote }) }];
  });
  const relayedSoFar = [...(before.relayed ?? []), ...told];
  return {
    ...before,
    left: before.left.filter((index) => !isSent(index)),
    ...(relayedSoFar.length > 0 && { relayed: relayedSoFar }),
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
