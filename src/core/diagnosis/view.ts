import type { MessageAccount, WaitingAccount } from '../mail/account.ts';
import type { KeptAttempt, KeptFailure } from '../mail/kept.ts';
import type { Diagnosis } from './diagnosis.ts';

/** Version of the shapes below, as JSON shows them (docs/explain.md). */
export const explainSchema = 1;

interface AnyView {
  readonly schema: typeof explainSchema;
  /** When this was found out; epoch ms, as all times are. */
  readonly at: number;
  /** Whether a running relay was asked. */
  readonly live: boolean;
}

/** What is known of what was asked for. */
export type ExplainView = MessageView | AddressView | DestinationView | UnknownView;

export interface UnknownView extends AnyView {
  readonly kind: 'unknown';
  readonly name: string;
  /** How long past attempts are known; 0: they are not kept. */
  readonly keptMs: number;
}

export interface MessageView extends AnyView, Omit<MessageAccount, 'waiting'> {
  readonly kind: 'message';
  readonly waiting: readonly WaitingView[];
  /** When a failed attempt is the last; absent once it left. */
  readonly givenUpAt?: number;
  readonly resolver?: ResolverView;
}

export interface WaitingView extends WaitingAccount {
  /** Why the last attempt failed. */
  readonly diagnosis?: Diagnosis;
  /** The policy that is in force now. */
  readonly policy: RuleView;
}

export interface AddressView extends AnyView {
  readonly kind: 'address';
  readonly address: string;
  readonly nextHop: RuleView['nextHop'];
  readonly policy: RuleView;
  readonly resolver?: ResolverView;
  /** What waits for it at that next hop: what is due first, first. */
  readonly messages: readonly WaitingMail[];
  /** The newest first: attempts to deliver to it, and in its name. */
  readonly attempts: readonly KeptAttempt[];
  /** Older ones are there that were not looked at. */
  readonly hasMore: boolean;
  /** What waits for the next hop, whoever it is for. */
  readonly waiting?: WaitingSummary;
}

/** A message that waits for an address. */
export interface WaitingMail {
  readonly queueId: string;
  readonly state: 'incoming' | 'active' | 'deferred' | 'hold' | 'held';
  readonly sender: string;
  readonly arrivedAt: number;
  readonly attempts: number;
  readonly nextAt?: number;
  readonly reason?: string;
  readonly diagnosis?: Diagnosis;
}

export interface DestinationView extends AnyView {
  readonly kind: 'destination';
  readonly destination: string;
  readonly policy: RuleView;
  readonly resolver?: ResolverView;
  /** Found now; absent if no relay runs. */
  readonly route?: RouteView;
  /** Deliveries that may be under way at the same time now; absent while nothing is delivered there. */
  readonly window?: number;
  readonly limits: LimitsView;
  readonly waiting?: WaitingSummary;
  /** The newest first. */
  readonly attempts: readonly KeptAttempt[];
  /** The evidence of the latest of them that failed. */
  readonly failure?: KeptFailure;
}

/** Where mail goes and how it must be protected, and what says so. */
export interface RuleView {
  readonly level: string;
  /** `tls.level`, or `FILE line 3, .example.org`. */
  readonly rule: string;
  readonly nextHop: string;
  /** `the domain of the recipient`, `delivery.relayhost`, or `FILE line 3, .example.org`. */
  readonly nextHopRule: string;
}

export interface ResolverView {
  readonly validating: boolean;
  /** What is wrong; empty while nothing is. */
  readonly reason: string;
  readonly since: number;
}

export type RouteView =
  | { readonly kind: 'route'; readonly hosts: readonly HostView[]; readonly lookups: readonly string[] }
  | {
      readonly kind: 'trouble';
      readonly dsn: string;
      readonly reason: string;
      readonly diagnosis: Diagnosis;
      readonly lookups: readonly string[];
    }
  | { readonly kind: 'wait'; readonly reason: string };

export interface HostView {
  /** `mx.example[192.0.2.1]:25` */
  readonly host: string;
  readonly preference: number;
  /** The level that applies to it; absent if it is not spoken to. */
  readonly level?: string;
  /** Why it is not spoken to. */
  readonly skipped?: string;
  /** `MX signed; address signed; TLSA signed, 1 of 1 usable, TTL 3600` */
  readonly dns?: string;
}

export interface LimitsView {
  readonly concurrency: number;
  readonly recipients: number;
  readonly rateDelayMs: number;
}

/** What waits for a destination. */
export interface WaitingSummary {
  readonly messages: number;
  /** Messages that were looked at for what follows, those that are due first. */
  readonly lookedAt: number;
  readonly oldestAt?: number;
  readonly nextAt?: number;
  /** The commonest first. */
  readonly reasons: readonly WaitingReason[];
  readonly suspended?: WaitingAccount['suspended'];
  readonly watched?: WaitingAccount['watched'];
  readonly postponed?: string;
}

export interface WaitingReason {
  readonly messages: number;
  readonly state: WaitingAccount['state'];
  readonly dsn?: string;
  readonly reason?: string;
  readonly diagnosis?: Diagnosis;
}
