import type { MemoryBudget } from '../core/memory-budget.ts';
import type { Log } from '../core/outcome/log-event.ts';
import type { ClientRules } from '../core/intake/client-limits.ts';
import type { LookupClientName } from './client-name.ts';
import type { ErrorLimits } from '../core/intake/client-errors.ts';
import type { Admission } from './admission.ts';
import type { TimeoutLimits } from '../core/intake/client-timeouts.ts';
import type { Accept } from './submission.ts';

/** What the operator decided. */
export interface IntakeOptions extends ClientRules, ErrorLimits, TimeoutLimits {
  /** Port 0 takes a free one; `::` takes that of every IPv4 address too, unless it is `ipv6Only`. */
  readonly listen: readonly { readonly host: string; readonly port: number; readonly ipv6Only?: boolean }[];
  /** Our name in the greeting, in Received: lines and in Message-IDs. */
  readonly hostname: string;
  /** Clients that may relay, as for parseNetworks(). */
  readonly networks: readonly string[];
  readonly messageSizeLimitBytes: number;
  /** Recipients in one transaction. */
  readonly recipientLimit: number;
  /** Octets of memory for what all clients have open. */
  readonly memoryLimitBytes: number;
  /** Connections at one time. */
  readonly clientLimit: number;
  /** The same while there are as many connections as there may be, if it is less. */
  readonly stressTimeoutMs: number;
  /** Received: lines that a message may have, ours included. */
  readonly hopcountLimit: number;
  /** Octets of the header of a message. */
  readonly headerLimitBytes: number;
  /** How long a client waits for an answer that has made too many errors. */
  readonly errorSleepTimeMs: number;
  /** Send away who does not wait for the replies it has to wait for (RFC 2920 §3.1). */
  readonly forbidUnauthPipelining: boolean;
  /** Clients, as for parseNetworks(), that the limits of ClientRules are not for. */
  readonly clientEventLimitExceptions: readonly string[];
}

/** What intake needs from the rest of the relay. */
export interface IntakePorts {
  readonly accept: Accept;
  /** Why no mail is taken now: an error whose `code` is `QUEUE_FULL` or another `QUEUE_…`. */
  readonly storeRefusal?: () => Error | undefined;
  readonly newQueueId: () => string;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Not asked for 127.0.0.1. Without it clients other than ourselves are `unknown`. */
  readonly lookupClientName?: LookupClientName;
}

/** What the sessions share. */
export interface IntakeContext {
  readonly options: IntakeOptions;
  readonly ports: IntakePorts;
  readonly admission: Admission;
  /** For envelopes and contents that are on their way. */
  readonly memory: MemoryBudget;
  /** Messages being taken over; the promises never reject. */
  readonly underWay: Set<Promise<unknown>>;
}
