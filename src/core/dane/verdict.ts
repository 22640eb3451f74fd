import type { TlsaRecord } from '../dns/record.ts';

/** The verdict of the TLSA records about the chain that a server sent. */
export type DaneVerdict = Matched | Mismatch;

export interface Matched {
  readonly kind: 'matched';
  /** The record that authenticated the server. */
  readonly record: TlsaRecord;
  /** Position of the matched certificate in the path, 0 is the leaf. */
  readonly depth: number;
  /** DANE-TA only: the reference identifier the leaf certificate shows. */
  readonly peerName?: string;
}

export interface Mismatch {
  readonly kind: 'mismatch';
  /** Machine word. */
  readonly cause:
    | 'no certificate'
    | 'no matching record'
    | 'self-signed'
    | 'untrusted issuer'
    | 'name mismatch'
    | 'expired'
    | 'not yet valid'
    | 'bad signature'
    | 'invalid CA'
    | 'path too long'
    | 'purpose'
    | 'name constraint'
    | 'critical extension'
    | 'malformed certificate'
    | 'weak key or digest'
    /** The budget of the judgement ended first, so the result is unknown. */
    | 'too much work';
  /** Depth at which it failed; 0 is the server's own certificate. */
  readonly depth: number;
  /** Tail of Postfix's line `… certificate verification failed for H[A]:P: TAIL`. */
  readonly detail: string;
}
