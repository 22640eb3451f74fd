import type { Claim } from './claim.ts';
import type { Outcome, Settled, WaitingElsewhere } from './outcome.ts';
import type { SiteRecord } from './site-record.ts';

/** The right to serve a destination: one run in one process has it at a time. Whatever stores anything throws QueueError. */
export interface Lease<C extends Claim = Claim> {
  readonly destination: string;
  readonly site: SiteRecord;
  /**
   * Claims up to `count` due messages; empty when there are none, `lost` when another process took over. With `bare` no
   * content comes with them: it is read when it is asked for.
   */
  take(count: number, bare?: boolean): Promise<readonly C[] | 'lost'>;
  /** Writes the outcome down, durably. */
  settle(claim: C, outcome: Outcome): Promise<Settled>;
  /**
   * Asks to be the one to tell the sender that the message is late: undefined when somebody did so before, else those
   * of its recipients that wait at its other destinations after an attempt failed.
   */
  warn(claim: C): Promise<readonly WaitingElsewhere[] | undefined>;
  /** Hands recipients (by their index) over to other destinations, durably. */
  move(claim: C, elsewhere: ReadonlyMap<string, readonly number[]>): Promise<Moved<C>>;
  /** Gives claims back untouched, due at once. */
  release(claims: readonly C[]): Promise<void>;
  /** Resolves to true as soon as new mail may have come since the last `take`, false after `ms`. */
  newMail(ms: number): Promise<boolean>;
  /** As many destinations are served as may be at a time: others may be waiting. */
  crowded(): boolean;
}

export interface Moved<C extends Claim = Claim> {
  /** False: somebody is just working on the message elsewhere, and it must be looked at again a little later. */
  readonly moved: boolean;
  /** What is left of the claim, if anything. */
  readonly stays?: C;
}
