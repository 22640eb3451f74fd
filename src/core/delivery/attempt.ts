import type { Tried } from '../mail/tried.ts';
import type { Stamps } from '../log/delays.ts';
import type { TlsStatus } from '../log/tls-status.ts';
import type { TlsWord } from '../smtp/transaction.ts';
import type { DeliveryEvidence } from './evidence.ts';
import type { Session } from './session.ts';

/** The result of an attempt for one recipient, with the moments for the log. */
export interface Attempt extends Tried {
  readonly stamps: Pick<Stamps, 'transactionAt' | 'doneAt'>;
  readonly connectionUse: number;
  /** What became of the demanded security level; absent if no host was asked. */
  readonly tls?: TlsStatus;
  /** Name of the exception under which a host heard of it. */
  readonly exception?: string;
  /** What the session proved about the host; absent if there was none that came to the mail. */
  readonly trust?: TlsWord | 'clear';
  /** The session in which this was heard; absent like `trust`. */
  readonly session?: Pick<Session, 'host' | 'address' | 'port' | 'tls'>;
  /** A session of this delivery ran to its end, so the destination is at work, whatever happened to this recipient. */
  readonly answered?: boolean;
  /** Absent if no delivery was begun. */
  readonly evidence?: DeliveryEvidence;
  /** `error` if no host was tried, because the destination is suspended. */
  readonly component?: 'smtp' | 'error';
}

/** The last status of every recipient that was offered, by index, whether or not it is tried elsewhere. */
export type Known = ReadonlyMap<number, Attempt>;
