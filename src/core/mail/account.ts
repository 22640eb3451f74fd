import type { KeptAttempt, KeptFailure } from './kept.ts';
import type { LastFailure } from './status.ts';
import type { TlsAsked } from './tls-need.ts';

/** Everything that the queue knows of a message. */
export interface MessageAccount {
  readonly queueId: string;
  /** While it is in the queue. */
  readonly message?: AccountedMessage;
  /** Where its recipients wait. */
  readonly waiting: readonly WaitingAccount[];
  /** Destinations at which recipients wait and that are not among them. */
  readonly waitingLeftOut?: number;
  /** The oldest first, as far as they are kept. */
  readonly attempts: readonly KeptAttempt[];
  /** The evidence of its last failed attempt at each destination, as far as it is kept. */
  readonly failures: readonly { readonly destination: string; readonly failure: KeptFailure }[];
}

export interface AccountedMessage {
  readonly sender: string;
  /** Epoch ms. */
  readonly arrivedAt: number;
  readonly size: number;
  readonly messageId: string;
  /** `client.example[192.0.2.7]`; absent for messages of our own. */
  readonly client?: string;
  /** What it asks of TLS. */
  readonly tlsAsked?: TlsAsked;
  readonly recipients: number;
}

/** Recipients that wait for one destination. */
export interface WaitingAccount {
  readonly destination: string;
  /**
   * `queued`: never tried; `active`: an attempt is under way; `hold`: an operator has placed it on hold; `held`: it may
   * have arrived, and waits for a word of the operator.
   */
  readonly state: 'queued' | 'active' | 'deferred' | 'hold' | 'held';
  readonly recipients: readonly string[];
  readonly recipientsLeftOut?: number;
  readonly attempts: number;
  /** Epoch ms. */
  readonly nextAt?: number;
  readonly last?: LastFailure;
  /** Why it is not tried although it is due. */
  readonly postponed?: string;
  /** The destination is left alone; epoch ms. */
  readonly suspended?: { readonly since: number; readonly until: number; readonly cause: LastFailure };
  /** Its TLSA records are watched, because no certificate matches them. */
  readonly watched?: WatchedAccount;
}

/** Times are epoch ms. */
export interface WatchedAccount {
  /** `_25._tcp.mx.example.org` */
  readonly names: readonly string[];
  readonly since: number;
  /** When the DNS is asked next. */
  readonly nextAt: number;
  /** When they last changed, which did not help. */
  readonly changedAt?: number;
}
