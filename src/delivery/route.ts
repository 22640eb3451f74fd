import type { HostEvidence } from '../core/delivery/evidence.ts';
import type { LookupTrail } from '../core/dns/lookup-trail.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { TlsNeed } from '../core/mail/tls-need.ts';
import type { HostPolicy } from '../core/tls-policy/host-policy.ts';
import type { TriedOut } from './tried-out.ts';

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
  readonly policy: (need?: TlsNeed) => Promise<HostPolicy>;
  /**
   * Of the recipients, in A-labels; absent where the settings name the host. Its reports tell of sessions with the
   * host.
   */
  readonly domain?: string;
  /** A session with it has proved that its destination has DANE. Never throws, never waits. */
  readonly proved?: () => void;
  /** What it would be under a policy that is only tried out; undefined without one. Absent where none can be. */
  readonly whatIf?: () => Promise<TriedOut | undefined>;
  /** What that policy is made from, for the operator who asks. */
  readonly evidence?: (need?: TlsNeed) => HostEvidence;
}

/** Where the mail of a destination can go: one consistent view of the DNS, good until it expires. */
export interface FoundRoute {
  readonly kind: 'route';
  readonly nextHop: string;
  readonly candidates: readonly Candidate[];
  readonly expiresAt: number;
  /** Some host of the destination, or of one before it that led nowhere, is not among them, and may be found later. */
  readonly incomplete?: boolean;
  /** The lookups behind it so far. */
  readonly trail?: () => LookupTrail;
  /** Where to go on when none of these took the mail; looked up when first asked. */
  readonly next?: () => Promise<Route>;
}

export type NoRoute =
  | {
      readonly kind: 'trouble';
      readonly status: Trouble;
      readonly expiresAt: number;
      readonly trail?: () => LookupTrail;
    }
  /** Our own resolver cannot be trusted now: nothing is tried and nothing is held against the mail. */
  | { readonly kind: 'wait'; readonly untilMs: number; readonly reason: string };

export type Route = FoundRoute | NoRoute;
