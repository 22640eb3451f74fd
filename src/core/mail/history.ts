import type { Kept, KeptLimits, RecipientState } from './kept.ts';

/** What is written in one step with an accept or an outcome, for those who follow a message. It is no part of the queue. */
export interface History {
  readonly limits: HistoryLimits;
  /** With an accept: the message is remembered for whoever handed it over. */
  readonly remember?: Remembered;
  /** With an outcome: recipient (index in the envelope) -> JSON of a RecordedOutcome. */
  readonly outcomes?: readonly (readonly [index: number, text: string])[];
  /** With an outcome, for the operator. */
  readonly kept?: Kept;
  /** With an outcome: the sessions that the attempt has opened, for reports about TLS. */
  readonly sessions?: readonly CountedSession[];
  /** With an outcome: recipient (index in the envelope) -> receipt (JWS). */
  readonly receipts?: {
    readonly texts: readonly (readonly [index: number, text: string])[];
    readonly limits: KeptLimits;
  };
  /** For webhooks: their names, and events (JSON) with their ids. */
  readonly events?: readonly (readonly [webhook: string, id: string, body: string])[];
}

/** The result of a session as it is counted: each different text has a counter of its own. */
export interface CountedSession {
  /** In UTC: `2026-11-28`. */
  readonly day: string;
  /** Of the recipients: the report is its. */
  readonly domain: string;
  /** When the report of this day and domain is due, if this is the first session of it; epoch ms. */
  readonly dueAt: number;
  readonly policy: { readonly id: string; readonly text: string };
  /** It counts as a failure, and under each of these; none: it counts as a success. */
  readonly faults: readonly string[];
}

export interface Remembered {
  readonly submitter: string;
  /** The addresses of the envelope. */
  readonly to: readonly string[];
  /** What the submitter was told of it, to be told again. */
  readonly answer: string;
  /** Of its request, if that may be repeated: the message is accepted once for one key. */
  readonly once?: { readonly key: string; readonly fingerprint: string };
}

/** How much is remembered. */
export interface HistoryLimits {
  /** Recipients of remembered messages together; beyond it the oldest messages are forgotten. */
  readonly recipients: number;
  readonly keptMs: number;
  readonly keyMs: number;
  /** Events that may wait for one webhook; further ones are dropped. */
  readonly events: number;
}

/** The last word on a recipient. */
export interface RecordedOutcome {
  readonly state: RecipientState;
  /** Epoch ms. */
  readonly at: number;
  readonly attempts: number;
  readonly dsn: string;
  /** The text between the parentheses of the log line. */
  readonly reason: string;
  /** Where it was offered, as the log shows it. */
  readonly relay?: string;
  /** The security level, as `tls=` in the log shows it. */
  readonly tls?: string;
  /** What went wrong in plain words; absent when nothing did. */
  readonly explanation?: string;
}

/** What is known of a message of a submitter. */
export interface MessageHistory {
  readonly submitter: string;
  readonly answer: string;
  /** Epoch ms. */
  readonly acceptedAt: number;
  readonly recipients: readonly RecipientHistory[];
}

export interface RecipientHistory {
  readonly address: string;
  /** Whether it waits in the queue, and how; absent when it does not. */
  readonly waiting?: {
    readonly state: 'queued' | 'active' | 'deferred' | 'held';
    readonly attempts: number;
    /** Epoch ms. */
    readonly nextAt?: number;
    readonly dsn?: string;
    readonly reason?: string;
  };
  readonly last?: RecordedOutcome;
}

/** What became of a request with a key. */
export interface KnownKey {
  readonly queueId: string;
  readonly fingerprint: string;
  readonly answer: string;
}
