import type { Log } from '../core/outcome/log-event.ts';
import type { LookupClientName } from './client-name.ts';
import type { Accept } from './submission.ts';

/** What the operator decided. */
export interface IntakeOptions {
  /** Port 0 takes a free one. */
  readonly listen: readonly { readonly host: string; readonly port: number }[];
  /** Our name in the greeting, in Received: lines and in Message-IDs. */
  readonly hostname: string;
  /** Clients that may relay, as for parseNetworks(). */
  readonly networks: readonly string[];
  readonly messageSizeLimitBytes: number;
  /** Recipients in one transaction. */
  readonly recipientLimit: number;
  /** Connections at one time. */
  readonly clientLimit: number;
  /** How long a client may take for its next command, or its next octets of DATA. */
  readonly timeoutMs: number;
  /** Received: lines that a message may have, ours included. */
  readonly hopcountLimit: number;
}

/** What intake needs from the rest of the relay. */
export interface IntakePorts {
  readonly accept: Accept;
  readonly newQueueId: () => string;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Not asked for 127.0.0.1. Without it clients other than ourselves are `unknown`. */
  readonly lookupClientName?: LookupClientName;
}

/** What the sessions share. */
export interface House {
  readonly options: IntakeOptions;
  readonly ports: IntakePorts;
  readonly mayRelay: (address: string) => boolean;
  /** Messages being taken over; the promises never reject. */
  readonly underWay: Set<Promise<unknown>>;
}
