import { diagnose } from '../diagnosis/diagnose.ts';
import type { LastFailure } from '../mail/status.ts';
import type { QueueDigest, TroubledDestination, WaitKind } from './page-state.ts';

/** What waits, by age and reason and by destination: what the page shows of a queue however long it is. */

/** One destination of one waiting message. */
export interface WaitingMail {
  readonly destination: string;
  /** As in `queue list`; `held`: may have arrived, `hold`: the operator has placed it on hold. */
  readonly state: 'incoming' | 'active' | 'deferred' | 'held' | 'hold';
  readonly recipients: readonly string[];
  readonly arrivedAt: number;
  readonly nextAt?: number;
  readonly suspendedUntil?: number;
  readonly dsn?: string;
  readonly reason?: string;
  readonly tlsFault?: NonNullable<LastFailure['tlsFault']>;
  readonly remote?: NonNullable<LastFailure['remote']>;
}

/** Upper ends of the ranges of age, in minutes, as qshape has them; the last range has none. */
const ageEnds = [5, 10, 20, 40, 80, 160, 320, 640, 1280] as const;
const MOST_TROUBLED = 20;
const HOUR = 3_600_000;

interface Tally {
  destination: string;
  waiting: number;
  held: number;
  oldestAt: number;
  nextAt: number;
  last?: WaitingMail;
}

export interface QueueTally {
  add(mail: WaitingMail): void;
  digest(): QueueDigest;
}

/** Memory goes with the number of destinations, not of messages. */
export function tallyQueue(nowMs: number): QueueTally {
  const byKind = new Map<WaitKind, number[]>();
  const byDestination = new Map<string, Tally>();
  let [recipients, held, overAnHour] = [0, 0, 0];

  return {
    add(mail) {
      const count = mail.recipients.length;
      const age = nowMs - mail.arrivedAt;
      recipients += count;
      if (isHeld(mail)) held += count;
      if (age > HOUR) overAnHour += count;
      const kind = kindOf(mail);
      let ages = byKind.get(kind);
      if (ages === undefined) byKind.set(kind, (ages = Array.from({ length: ageEnds.length + 1 }, () => 0)));
      const range = ageEnds.findIndex((end) => age < end * 60_000);
      const place = range === -1 ? ageEnds.length : range;
      ages[place] = (ages[place] ?? 0) + count;
      if (mail.reason === undefined && !isHeld(mail)) return;
      const known = byDestination.get(mail.destination);
      if (known === undefined) byDestination.set(mail.destination, begin(mail, count));
      else go(known, mail, count);
    },
    digest() {
      const total = (ages: readonly number[]): number => ages.reduce((sum, one) => sum + one, 0);
      const worst = [...byDestination.values()].sort(
        (a, b) => b.waiting + b.held - a.waiting - a.held || a.oldestAt - b.oldestAt,
      );
      return {
        recipients,
        held,
        overAnHour,
        ageEnds,
        reasons: [...byKind]
          .map(([kind, ages]) => ({ kind, ages }))
          .sort((a, b) => total(b.ages) - total(a.ages)),
        troubled: worst.slice(0, MOST_TROUBLED).map(describe),
        troubledCount: worst.length,
      };
    },
  };
}

function isHeld({ state }: WaitingMail): boolean {
  return state === 'held' || state === 'hold';
}

function kindOf(mail: WaitingMail): WaitKind {
  if (mail.state === 'held') return 'in doubt';
  if (mail.state === 'hold') return 'on hold';
  const { dsn, reason, destination } = mail;
  if (dsn === undefined || reason === undefined) return 'first attempt';
  return diagnose({ ...mail, dsn, reason }, destination).kind;
}

function begin(mail: WaitingMail, count: number): Tally {
  const waits = !isHeld(mail);
  return {
    destination: mail.destination,
    waiting: waits ? count : 0,
    held: waits ? 0 : count,
    oldestAt: mail.arrivedAt,
    nextAt: mail.nextAt ?? Infinity,
    last: mail,
  };
}

function go(tally: Tally, mail: WaitingMail, count: number): void {
  if (isHeld(mail)) tally.held += count;
  else tally.waiting += count;
  tally.nextAt = Math.min(tally.nextAt, mail.nextAt ?? Infinity);
  // The reason of the oldest stands for all: it is what has kept mail the longest.
  if (mail.arrivedAt < tally.oldestAt || tally.last?.reason === undefined) tally.last = mail;
  tally.oldestAt = Math.min(tally.oldestAt, mail.arrivedAt);
}

function describe({ last, nextAt, ...tally }: Tally): TroubledDestination {
  const { dsn, reason, suspendedUntil } = last ?? {};
  const told =
    last !== undefined && dsn !== undefined && reason !== undefined
      ? diagnose({ ...last, dsn, reason }, tally.destination)
      : undefined;
  return {
    ...tally,
    ...(nextAt !== Infinity && { nextAt }),
    ...(suspendedUntil !== undefined && { suspendedUntil }),
    ...(dsn !== undefined && { dsn }),
    ...(reason !== undefined && { reason }),
    ...(told !== undefined && { cause: told.cause, whose: told.whose }),
  };
}
