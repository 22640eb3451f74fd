import type { Claim } from '../core/delivery/claim.ts';
import type { Connected } from '../core/delivery/session.ts';
import type { Errand } from '../core/delivery/session-event.ts';
import type { Trouble } from '../core/mail/status.ts';
import type { Log } from '../core/log/log-event.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Candidate } from './route.ts';
import type { Reachability } from './reachability.ts';
import type { Place } from './places.ts';
import type { TellWhatIf } from './what-if.ts';
import type { Stage } from './stage.ts';
import type { SessionPool } from './session-pool.ts';

/** A TCP connection on which nothing was said yet, to a host that was not judged yet. */
export interface Connection {
  /** Where it comes from. */
  readonly localAddress?: string | undefined;
  /** Opens a session on it as policy demands; only once. */
  open(policy: UsableHost, nextHop: string, signal: AbortSignal): Promise<Connected>;
  close(): void;
}

export type Dialled =
  | { readonly kind: 'open'; readonly connection: Connection }
  | {
      readonly kind: 'trouble';
      readonly status: Trouble;
      /** Nothing came back within the timeout. */
      readonly silent: boolean;
    };

export interface DeliverPorts {
  /**
   * Dials an address; gives up when `signal` is aborted. Calls `ended` once there is no connection, or no longer one.
   */
  dial(candidate: Candidate, signal: AbortSignal, ended?: () => void, errand?: Errand): Promise<Dialled>;
  readonly reachability: Reachability;
  /** Head start of an address before another of the same preference is dialled as well. */
  readonly headStartMs: number;
  readonly log: Log;
  readonly now: () => number;
  readonly limits: DeliverLimits;
  readonly ambiguous: AmbiguousPolicy;
  /** Is told of each message that a host has taken. */
  readonly whatIf?: TellWhatIf;
}

/** A delivery under way: a mail, and the means of delivering it. */
export interface Delivery {
  readonly mail: Claim;
  readonly pool: SessionPool;
  readonly ports: DeliverPorts;
  readonly signal: AbortSignal;
  /** Is told where it stands. */
  readonly stage?: Stage | undefined;
  /** Other mail for the destination that could go behind the final dot of this one. */
  readonly following?: Following | undefined;
}

export interface Following {
  /** Whether there is any that waits for a session. */
  waits(): boolean;
  /** That of this delivery: it goes on with the session. */
  readonly place: Pick<Place, 'handOn' | 'again' | 'handBack'>;
}

export interface DeliverLimits {
  /** Most recipients in one transaction. */
  readonly recipients: number;
  /** Most sessions in one attempt that get as far as MAIL FROM. */
  readonly sessions: number;
  /** Age, in milliseconds, from which mail may go in clear to a host at `may` whose TLS does not work. */
  readonly clearAfterMs: number;
}

/** What to do with recipients who may have the message already: the final dot was sent and no reply was seen. */
export type AmbiguousPolicy = 'resend' | 'hold';
