import type { Tried } from '../mail/tried.ts';
import type { Stamps } from '../log/delays.ts';
import type { TlsStatus } from '../log/tls-status.ts';

/** What became of one recipient in an attempt, with the moments for the log. */
export interface Attempt extends Tried {
  readonly stamps: Pick<Stamps, 'transactionAt' | 'doneAt'>;
  readonly connectionUse: number;
  /** What came of the security level asked for; absent where nobody was asked. */
  readonly tls?: TlsStatus;
  /** A session of this delivery ran its course: the destination is at work, whatever this recipient met with. */
  readonly answered?: boolean;
  /** `error` when nobody tried, because the destination is left alone. */
  readonly component?: 'smtp' | 'error';
}

/** The last word on every recipient that was offered, by index, whether or not it is tried elsewhere. */
export type Known = ReadonlyMap<number, Attempt>;
