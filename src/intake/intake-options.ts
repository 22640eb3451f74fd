import type { Log } from '../core/log/log-event.ts';
import type { BareNewline } from '../core/intake/line-flaw.ts';
import type { TimeoutLimits } from '../core/intake/client-timeouts.ts';
import type { ErrorLimits } from '../core/intake/client-errors.ts';
import type { ListenerRules } from '../core/intake/listener.ts';
import type { ClientRules } from '../core/intake/client-limits.ts';
import type { SenderRules } from '../core/intake/sender-limits.ts';
import type { ServerIdentity } from '../tls/accept-tls.ts';
import type { LoginVerifier } from '../core/sasl-server/login-verifier.ts';
import type { SenderClaim } from '../core/users/sender-rights.ts';
import type { LookupClientName } from './client-name.ts';
import type { Returning } from './returning.ts';
import type { Accept } from './submission.ts';

/** Where clients come in. */
export type ListenAt =
  /** Port 0 means any free port. `::` listens on all IPv4 addresses too, unless `ipv6Only`. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly ipv6Only?: boolean }
  /** A unix socket with these permissions. */
  | { readonly kind: 'unix'; readonly path: string; readonly mode: number }
  /** A socket that listens already, and is not ours to shut down. */
  | { readonly kind: 'descriptor'; readonly descriptor: number };

/** A place to listen on, and what holds for the clients there. */
export interface IntakeListener {
  readonly at: ListenAt;
  /** The place in words: `unix:/run/dane-relay/submit`. */
  readonly where?: string;
  readonly rules: ListenerRules;
  /** What its clients are shown in a handshake now; undefined if no certificate can be used. Absent without TLS. */
  readonly identity?: () => ServerIdentity | undefined;
}

/** What the operator has set. */
export interface IntakeOptions extends ClientRules, SenderRules, ErrorLimits, TimeoutLimits {
  readonly listeners: readonly IntakeListener[];
  /** How long a balancer may take for its PROXY header. */
  readonly upstreamProxyTimeoutMs: number;
  /** Our name in the greeting, in Received: lines and in Message-IDs. */
  readonly hostname: string;
  /** The clients that may relay, as parseNetworks() reads them. */
  readonly networks: readonly string[];
  /** What becomes of lines that CRLF does not end, and of CR and NUL in them, if the client may relay. */
  readonly bareNewline: BareNewline;
  /** Domain that completes addresses without one, from clients that may relay; absent: they are not completed. */
  readonly appendOrigin?: string;
  /** Names in lower case of the header fields that are removed. */
  readonly messageDropHeaders: ReadonlySet<string>;
  /** Mailbox that gets a copy of every message; empty: none. */
  readonly alwaysBcc: string;
  /** Clients may say that a message requires TLS (RFC 8689 §2). */
  readonly requiretlsEnable: boolean;
  /** A message may say in its header that it does not (RFC 8689 §3). */
  readonly tlsRequiredEnable: boolean;
  /** Which clients our Received field does not show: those that have logged in, or all. */
  readonly hideClient: 'never' | 'users' | 'always';
  readonly messageSizeLimitBytes: number;
  /** Recipients in one transaction. */
  readonly recipientLimit: number;
  /** Memory for the envelopes and contents of all clients together. */
  readonly memoryLimitBytes: number;
  /** Connections at one time. */
  readonly clientLimit: number;
  /** For a handshake of TLS, from its first octet to its last. */
  readonly starttlsTimeoutMs: number;
  /** Takes the place of `timeoutMs` while all connections are in use, if it is less. */
  readonly stressTimeoutMs: number;
  /** Received: lines that a message may have, ours included. */
  readonly hopcountLimit: number;
  /** Octets of the header of a message. */
  readonly headerLimitBytes: number;
  /** How long a client that has made too many errors waits for each reply. */
  readonly errorSleepTimeMs: number;
  /** Turn away a client that does not wait for the replies it has to wait for (RFC 2920 §3.1). */
  readonly forbidUnauthPipelining: boolean;
  /** How long a client waits for the reply to a login that failed, the first time. */
  readonly loginFailureDelayMs: number;
  /** Clients without the limits of ClientRules, as parseNetworks() reads them. */
  readonly clientEventLimitExceptions: readonly string[];
}

/** Which other addresses stand for those that clients give. */
export interface AddressRewriting {
  /** The address that replaces that of a sender; the same if none does. Absent: there is no table of them. */
  readonly canonicalSender?: ((address: string) => string) | undefined;
  /** The addresses that a recipient stands for; `endless` if there is no end to them. */
  readonly expand: (address: string) => readonly string[] | 'endless';
}

/** What the intake needs from the rest of the relay. */
export interface IntakePorts {
  readonly accept: Accept;
  /** For messages of the maildrop. If absent, their senders are told nothing of refusals. */
  readonly returning?: Returning;
  /** Why the store takes no mail now: an error whose `code` is `QUEUE_FULL` or another `QUEUE_…`. */
  readonly storeRefusal?: () => Error | undefined;
  /** Absent: every address stands for itself. */
  readonly rewriting?: AddressRewriting;
  readonly newQueueId: () => string;
  readonly log: Log;
  /** Epoch milliseconds. */
  readonly now: () => number;
  /** Who may log in. If absent, nobody may. */
  readonly logins?: LoginVerifier;
  /** The reply to a client that may not use a sender; undefined if it may. */
  readonly senderRefusal?: (claim: SenderClaim) => string | undefined;
  /** Is not called for 127.0.0.1. If absent, all clients but loopback addresses are `unknown`. */
  readonly lookupClientName?: LookupClientName;
}
