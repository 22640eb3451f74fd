import type { Message, Recipient } from '../core/mail/message.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import type { Stamps } from '../core/outcome/delays.ts';
import type { Tried } from '../core/outcome/settle.ts';
import type { Log } from '../core/outcome/log-event.ts';
import type { TlsStatus } from '../core/outcome/tls-status.ts';
import type { EffectiveLevel } from '../core/levels/levels.ts';
import type { HostPolicy, UsableHost } from '../core/route/host-policy.ts';
import type {
  DotIntent,
  TlsFacts,
  TlsWord,
  Transaction,
  TransactionResult,
} from '../core/smtp/transaction.ts';
import type { Reachability } from './reachability.ts';
import type { SessionPool } from './session-pool.ts';

/** A message claimed from the queue for one destination. */
export interface Mail {
  readonly message: Message;
  readonly waiting: readonly { readonly index: number; readonly recipient: Recipient }[];
  /** Attempts made before this one. */
  readonly attempts: number;
  /** The sender was told that the message is late. */
  readonly warned?: boolean;
  readonly content: Transaction['content'];
  /** Recipients (by index) whose final dot was sent by an attempt that was cut off before its outcome was stored. */
  readonly inDoubt: readonly number[];
  /** Recipients that an attempt that was cut off brought it to, and of whom the sender is still to be told. */
  readonly relayed?: readonly Tried[];
  /** The intent to send the final dot to the recipients of these indexes. */
  readonly intent: (indexes: readonly number[]) => DotIntent;
  /** Has what is known by now written down, when an attempt goes on after it (by index): nothing comes twice because of it. */
  readonly heard: (known: ReadonlyMap<number, Attempt>) => void;
}

/** One address of one mail host. */
export interface Candidate {
  /** As the MX record lists it. */
  readonly host: string;
  readonly address: string;
  readonly port: number;
  readonly family: 4 | 6;
  readonly preference: number;
  /** No host of the destination is preferred to this one: should it be ourselves, that is for good. */
  readonly best: boolean;
  /** How to speak to it; looked up when first asked, the same answer for the life of the route. */
  readonly policy: () => Promise<HostPolicy>;
}

/** Where the mail of a destination can go: one consistent view of the DNS, good until it expires. */
export interface FoundRoute {
  readonly kind: 'route';
  readonly nextHop: string;
  readonly candidates: readonly Candidate[];
  readonly expiresAt: number;
  /** Where to go on when none of these took the mail; looked up when first asked. */
  readonly next?: () => Promise<Route>;
}

export type NoRoute =
  | { readonly kind: 'trouble'; readonly status: Trouble; readonly expiresAt: number }
  /** Our own resolver cannot be trusted now: nothing is tried and nothing is held against the mail. */
  | { readonly kind: 'wait'; readonly untilMs: number; readonly reason: string };

export type Route = FoundRoute | NoRoute;

/** An SMTP session whose host was judged; carries one transaction at a time. */
export interface OpenSession {
  readonly relay: string;
  readonly host: string;
  readonly address: string;
  readonly policyKey: string;
  /** The security level asked for, and the one it is at. */
  readonly levels?: { readonly initial: EffectiveLevel; readonly final: EffectiveLevel };
  readonly openedAt: number;
  /** Transactions so far. */
  readonly uses: number;
  readonly tls?: { readonly word: TlsWord; readonly facts: TlsFacts };
  usable(): boolean;
  transact(transaction: Transaction, signal: AbortSignal): Promise<TransactionResult>;
  /** Says QUIT and does not wait. */
  close(): void;
}

export type Connected =
  | { readonly kind: 'open'; readonly session: OpenSession }
  | {
      readonly kind: 'trouble';
      /** How far it came. */
      readonly step: 'connect' | 'greeting' | 'EHLO' | 'STARTTLS' | 'handshake' | 'certificate' | 'AUTH';
      readonly status: Trouble;
      /** It was the handshake that failed, or what followed it within TLS: in clear it may go better. */
      readonly tlsBroke?: boolean;
    };

/** What became of one recipient, with the moments for the log. */
export interface Attempt {
  readonly index: number;
  readonly recipient: Recipient;
  readonly status: DeliveryStatus;
  readonly stamps: Pick<Stamps, 'transactionAt' | 'doneAt'>;
  readonly connectionUse: number;
  /** What came of the security level asked for; absent where nobody was asked. */
  readonly tls?: TlsStatus;
  /** A session of this delivery ran its course: the destination is at work, whatever this recipient met with. */
  readonly answered?: boolean;
  /** `error` when nobody tried, because the destination is left alone. */
  readonly component?: 'smtp' | 'error';
}

/** A TCP connection on which nothing was said yet, to a host that nobody has judged yet. */
export interface Connection {
  /** Opens a session on it as policy demands; only once. */
  open(policy: UsableHost, nextHop: string, signal: AbortSignal): Promise<Connected>;
  close(): void;
}

export type Dialled =
  | { readonly kind: 'open'; readonly connection: Connection }
  | {
      readonly kind: 'trouble';
      readonly status: Trouble;
      /** Nothing came back for as long as one waits. */
      readonly silent: boolean;
    };

export interface DeliverPorts {
  /** Calls an address; gives up when `signal` is aborted. Calls `ended` once there is no connection, or none any more. */
  dial(candidate: Candidate, signal: AbortSignal, ended?: () => void): Promise<Dialled>;
  readonly reachability: Reachability;
  /** So long an address is waited for before one that is as good is called as well. */
  readonly headStartMs: number;
  readonly log: Log;
  readonly now: () => number;
  readonly limits: DeliverLimits;
  readonly ambiguous: AmbiguousPolicy;
}

/** A delivery under way: a mail, and what it is brought with. */
export interface Delivery {
  readonly mail: Mail;
  readonly pool: SessionPool;
  readonly ports: DeliverPorts;
  readonly signal: AbortSignal;
}

export interface DeliverLimits {
  /** Recipients of one transaction. */
  readonly recipients: number;
  /** Sessions that came as far as MAIL FROM in one attempt. */
  readonly sessions: number;
  /** Age, in milliseconds, from which mail may go in clear to a host at `may` whose TLS does not work. */
  readonly clearAfterMs: number;
}

/** What to do with recipients who may have the message already: the final dot was sent and no reply was seen. */
export type AmbiguousPolicy = 'resend' | 'hold';
