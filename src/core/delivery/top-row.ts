/** What a delivery under way is at, in the order in which that comes. */
export const phases = ['looking up', 'connecting', 'opening', 'envelope', 'content', 'final reply'] as const;
export type Phase = (typeof phases)[number];

/** A delivery under way. */
export interface UnderWay {
  readonly queueId: string;
  readonly phase: Phase;
  /** Epoch milliseconds at which the phase began. */
  readonly since: number;
  /** The mail host; absent before one is dialled. */
  readonly host?: string;
}

/** What waits at a destination, as the queue has it. Times are epoch milliseconds. */
export interface WaitingRow {
  readonly destination: string;
  /** Messages, those included that are being delivered or on hold. */
  readonly waiting: number;
  readonly onHold: number;
  /** When the oldest of them arrived, as their ids say. */
  readonly oldestAt?: number;
  /** There are too many to look at: some may be older. */
  readonly isAtLeast?: true;
  /** Of the next attempt; absent if there is none to come, or one is under way. */
  readonly nextAt?: number;
  readonly suspendedUntil?: number;
  /** Why mail that is due is not tried. */
  readonly postponed?: string;
  /** Why the last attempt failed, or the destination is suspended. */
  readonly dsn?: string;
  readonly reason?: string;
}

/** The same with what the relay is doing about it now. */
export interface TopRow extends WaitingRow {
  /** Deliveries that it may have at a time; absent if no relay serves it now. */
  readonly window?: number;
  /** The one that is at its phase for the longest comes first. */
  readonly underWay: readonly UnderWay[];
}

/** Destinations that wait for the same thing, which is none of theirs: the resolver, for example. */
export interface PausedGroup {
  readonly postponed: string;
  readonly destinations: number;
  readonly waiting: number;
}

export interface Top {
  readonly schema: 1;
  readonly at: number;
  /** Destinations where mail waits, and what waits there: not all of them are in `rows`. */
  readonly destinations: number;
  readonly waiting: number;
  /** What they say of deliveries under way comes from a relay. */
  readonly isLive: boolean;
  /** Those with the most mail first. */
  readonly rows: readonly TopRow[];
  /** Many destinations that wait for the same thing, and are in no row. */
  readonly paused: readonly PausedGroup[];
}

/** Destinations that are shown. */
export const mostRows = 50;
