import type { DotIntent } from '../../core/smtp/transaction.ts';
import type { Tried } from '../../core/mail/tried.ts';
import type { Claim } from '../../core/delivery/claim.ts';
import type { Held, Progress, Relayed, Outcome } from '../../core/delivery/outcome.ts';
import type { Message } from '../../core/mail/message.ts';
import { wantsRelayed } from '../../core/report/report.ts';
import { HELD } from '../forms/keys.ts';
import { decodeProgress, readDot, type QueueRecord, type Routing } from '../forms/record.ts';
import type { StoredClaim } from './move.ts';

/** Indexes of recipients. */
type Statuses = ReadonlyMap<number, Pick<Tried, 'status'>>;

/** A claim, with everything that the store knows about it. */
export interface TakenClaim extends Claim {
  /** All destinations of the message, with the indexes of their recipients. */
  readonly routing: Routing;
  readonly warned: boolean;
  readonly held?: Held;
  readonly relayed: readonly Tried[];
  /** Of what is known, the status is enough. */
  readonly heard: (known: Statuses) => void;
  /** As it is stored. */
  readonly stored: StoredClaim;
}

/** What `take` returned for a message. */
export interface TakenEntry {
  readonly destination: string;
  readonly record: QueueRecord;
  /** Empty before the first attempt. */
  readonly progress: string;
  /** Recipients of an interrupted attempt, if there was one. */
  readonly dot: string;
  readonly isExpired: boolean;
}

export interface ClaimPorts {
  /** `*` for all recipients that wait, otherwise indexes with commas. */
  readonly intent: (queueId: string, recipients: string) => DotIntent;
  /** Stores what is known during an attempt. */
  readonly note: (queueId: string, progress: Progress, dot: string) => void;
}

/** Throws if only a newer relay knows the version of the progress. */
export function claimOf(
  { destination, record, progress: progressText, dot, isExpired }: TakenEntry,
  content: TakenClaim['content'],
  ports: ClaimPorts,
): TakenClaim {
  const { message, routing } = record;
  const { queueId } = message;
  const progress = progressText === '' ? undefined : decodeProgress(progressText);
  const indexes = progress?.left ?? routing.get(destination) ?? [];
  const inDoubt = readDot(dot, indexes);
  return {
    message,
    routing,
    warned: progress?.warned ?? false,
    ...(isExpired && { forceExpired: progress?.last === undefined ? {} : { last: progress.last } }),
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

/** The progress of a message before its first attempt, except for who waits. */
function untried({ queuedAt, arrivedAt }: Message): Omit<Progress, 'left'> {
  return { attempts: 0, nextAt: queuedAt ?? arrivedAt };
}

/** Tells the store about an attempt before its end. */
function wordsOf(
  message: Message,
  before: Progress,
  inDoubt: readonly number[],
  { intent, note }: ClaimPorts,
): Pick<TakenClaim, 'intent' | 'heard'> {
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

/** The same claim without the recipients that were moved elsewhere. @param stays progress of the others */
export function withoutMoved(
  claim: TakenClaim,
  moved: ReadonlySet<number>,
  stays: string,
  ports: ClaimPorts,
): TakenClaim {
  const waiting = claim.waiting.filter(({ index }) => !moved.has(index));
  return {
    ...claim,
    waiting,
    ...wordsOf(claim.message, decodeProgress(stays), claim.inDoubt, ports),
    stored: { ...claim.stored, waiting: waiting.map(({ index }) => index), progress: stays },
  };
}

const relayed = { outcome: 'sent', scope: 'recipient', withoutDsn: true } as const;

/** The recipients that wait during an attempt: those that have the message no longer do. */
function progressAmidst(before: Progress, { envelope }: Message, known: Statuses): Progress {
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

/** What is known of the destination once an outcome is stored; undefined if no recipient waits any more. */
export function progressAfter(claim: TakenClaim, { retry, held }: Outcome): Progress | undefined {
  const before = claim.held;
  const both =
    before === undefined || held === undefined
      ? (held ?? before)
      : { left: [...before.left, ...held.left], last: held.last };
  if (both === undefined) return retry;
  const waiting = retry ?? { left: [], attempts: claim.attempts + 1, nextAt: HELD, last: both.last };
  return { ...waiting, held: both };
}
