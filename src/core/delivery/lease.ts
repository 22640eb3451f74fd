import type { Claim } from './claim.ts';
import type { Outcome, Settled, WaitingElsewhere } from './outcome.ts';
import type { SiteRecord } from './site-record.ts';

/**
 * The right to serve a destination: one run in one process has it at a time. Calls that store something throw
 * QueueError.
 */
export interface Lease<C extends Claim = Claim> {
  readonly destination: string;
  readonly site: SiteRecord;
  /**
   * Claims up to `count` due messages; empty if there are none, `lost` if another process has taken over. With `bare`
   * they come without content, which is read on demand.
   */
  take(count: number, bare?: boolean): Promise<readonly C[] | 'lost'>;
  /** Stores the outcome, durably. */
  settle(claim: C, outcome: Outcome): Promise<Settled>;
  /**
   * Claims the delay warning: undefined if the sender was warned before, otherwise the recipients of the message that
   * wait at its other destinations after a failed attempt.
   */
  warn(claim: C): Promise<readonly WaitingElsewhere[] | undefined>;
  /** Moves recipients (by index) to other destinations, durably. */
  move(claim: C, elsewhere: ReadonlyMap<string, readonly number[]>): Promise<Moved<C>>;
  /** Gives claims back untouched, due at once. */
  release(claims: readonly C[]): Promise<void>;
  /** Resolves to true as soon as new mail may have come since the last `take`, false after `ms`. */
  newMail(ms: number): Promise<boolean>;
  /** Whether all places for destinations are taken, so that others may be waiting. */
  crowded(): boolean;
}

export interface Moved<C extends Claim = Claim> {
  /** False if another destination is working on the message, and it must be looked at again a little later. */
  readonly moved: boolean;
  /** The rest of the claim, if any. */
  readonly stays?: C;
}
