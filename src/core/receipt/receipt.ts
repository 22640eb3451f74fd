import type { RecordType } from '../dns/record.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { TlsFacts, TlsWord } from '../smtp/transaction.ts';

/**
 * What a relay states of one recipient of a message, to be signed: what the DNS said, what the host showed, how that was
 * judged, and what the host replied. It has nothing that was not looked up, shown, judged or replied. Times are RFC 3339
 * with milliseconds, UTC; names are as core/dns has them.
 */
export interface Receipt {
  readonly schema: 1;
  /** Name of the relay. */
  readonly issuer: string;
  readonly message: {
    readonly queueId: string;
    readonly messageId: string;
    readonly sender: string;
    readonly arrivedAt: string;
    readonly size: number;
  };
  readonly recipient: string;
  readonly outcome: ReceiptOutcome;
  /** The session in which the host answered; absent if it did not come to the mail. */
  readonly session?: ReceiptSession;
  /** By which the hosts were found, of this host and of the next hop. */
  readonly answers: readonly ReceiptAnswer[];
  /** Answers that were not kept. */
  readonly answersLeftOut?: number;
}

export interface ReceiptOutcome {
  readonly state: 'delivered' | 'bounced' | 'expired';
  readonly at: string;
  /** RFC 3463. */
  readonly dsn: string;
  /** The text between the parentheses of the log line: what the host replied, if it is the host that decided. */
  readonly reply: string;
  /** Attempts at this destination. */
  readonly attempts: number;
}

export interface ReceiptSession {
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Absent where it was in clear. */
  readonly tls?: TlsFacts & { readonly word: TlsWord };
  /** Absent where it was in clear, or nothing was kept of it. */
  readonly judgement?: ReceiptJudgement;
}

/** How the certificates were judged, when the session was opened. */
export interface ReceiptJudgement {
  readonly at: string;
  readonly level: EffectiveLevel;
  /** Base64 of the DER, the host's own first. */
  readonly chain: readonly string[];
  /** Usable TLSA records, `3 1 1 HEX`; empty at levels that have none. */
  readonly records: readonly string[];
  /** What a certificate under usage 2 may call itself. */
  readonly names: readonly string[];
  /** The order of digests, strongest first; absent for the usual one. */
  readonly digests?: readonly string[];
  /** The record that matched, and where in the chain; absent if no record did. */
  readonly matched?: { readonly record: string; readonly depth: number; readonly peerName?: string };
}

/** What the validating resolver said. */
export interface ReceiptAnswer {
  readonly name: string;
  readonly type: RecordType;
  readonly at: string;
  readonly kind: 'found' | 'absent' | 'failed';
  /** The AD bit; of answers that are none it says nothing. */
  readonly ad?: boolean;
  /** Seconds for which it could be kept then. */
  readonly ttl?: number;
  /** Where the aliases lead, which are in order. */
  readonly owner?: string;
  readonly aliases?: readonly string[];
  /** As in a master file. */
  readonly records?: readonly string[];
  /** Records that were not kept. */
  readonly recordsLeftOut?: number;
  /** NXDOMAIN and the like, and why a lookup failed. */
  readonly detail?: string;
}
