/** What keeps mail, or kept it: a word for machines, the same in JSON, on the page and in the docs. */
export type DiagnosisKind =
  | 'TLSA mismatch'
  | 'certificate refused'
  | 'STARTTLS missing'
  | 'STARTTLS refused'
  | 'handshake failed'
  | 'TLSA lookup failed'
  | 'no TLSA records'
  | 'unusable TLSA records'
  | 'unsigned'
  | 'not in MTA-STS policy'
  | 'not authenticated'
  | 'no REQUIRETLS'
  | 'DANE lost'
  | 'settings'
  | 'resolver'
  | 'this machine'
  | 'unreachable'
  | 'connection lost'
  | 'DNS failed'
  | 'no such host'
  | 'null MX'
  | 'loop'
  | 'no such mailbox'
  | 'mailbox'
  | 'too large'
  | 'login refused'
  | 'not allowed'
  | 'put off'
  | 'refused'
  | 'in doubt'
  | 'other';

/** What is wrong, for an operator of mail. */
export interface Diagnosis {
  readonly kind: DiagnosisKind;
  /** One or two sentences. */
  readonly cause: string;
  /**
   * Who can end it: the operators of the destination; we, the operators of this relay; the sender; nobody, because it
   * ends by itself or there is nothing to end.
   */
  readonly whose: 'receiver' | 'us' | 'sender' | 'nobody';
  /** What to do, a sentence or a command each. */
  readonly advice: readonly string[];
}
