import type { Claim } from '../core/delivery/claim.ts';
import type { Connected } from '../core/delivery/session.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Log } from '../core/log/log-event.ts';
import type { HostPolicy, UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Reachability } from './reachability.ts';
import type { SessionPool } from './session-pool.ts';

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
  readonly mail: Claim;
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
