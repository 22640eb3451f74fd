export type ReportKind = 'failure' | 'delay' | 'success';
export type Audience = 'sender' | 'postmaster';

/** The reporter and the dates of a report, in the form of RFC 5322. */
export interface Reporter {
  /** RFC 3464 §2.2.2: our own host name. */
  readonly hostname: string;
  /** Now. */
  readonly date: string;
  /** When the message arrived. */
  readonly arrivalDate: string;
  /** When the message will be given up. */
  readonly retryUntil: string;
  /** The operator wants no more attempts. */
  readonly isEnded?: boolean;
}
