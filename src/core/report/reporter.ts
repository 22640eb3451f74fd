export type ReportKind = 'failure' | 'delay' | 'success';
export type Audience = 'sender' | 'postmaster';

/** Who reports, and when; dates in the form of RFC 5322. */
export interface Reporter {
  /** RFC 3464 §2.2.2: our own host name. */
  readonly hostname: string;
  /** Now. */
  readonly date: string;
  /** When the message came. */
  readonly arrivalDate: string;
  /** When it will be given up. */
  readonly retryUntil: string;
}
