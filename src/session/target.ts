import type { Log } from '../core/log/log-event.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Judgement } from '../core/tls-policy/judge.ts';

/** One address of one host to talk to, and how. */
export interface Target {
  /** MX name as listed. */
  readonly host: string;
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
  readonly port: number;
  readonly policy: UsableHost;
  /** Destination of the mail, for the reason of a loop; the host where absent. */
  readonly nextHop?: string;
  /** True if no MX of the destination is preferred to this host: then a loop is for good. */
  readonly best?: boolean;
}

/**
 * Milliseconds to wait for one answer, or in `dataXferMs` for room to write on; in `transactionMs` for all that comes
 * before the final dot. RFC 5321 §4.5.3.2 has minimums.
 */
export interface Timeouts {
  readonly connectMs: number;
  /** The greeting, and again the reply to EHLO or HELO. */
  readonly heloMs: number;
  /** The reply to STARTTLS, and again the handshake. */
  readonly starttlsMs: number;
  readonly mailMs: number;
  readonly rcptMs: number;
  readonly dataInitMs: number;
  readonly dataXferMs: number;
  readonly dataDoneMs: number;
  readonly rsetMs: number;
  readonly transactionMs: number;
  /** How long a session that said QUIT may linger in the background. */
  readonly quitMs: number;
}

/** Judges the certificates as the server sent them, DER, its own first; empty if it sent none. Must not throw. */
export type Judge = (chain: readonly Uint8Array[], policy: UsableHost) => Judgement;

export interface SessionOptions {
  /** What EHLO says; empty for the address that the connection comes from. */
  readonly heloName: string;
  /** By which a server is known that is ourselves; `heloName` where absent. */
  readonly hostname?: string;
  readonly timeouts: Timeouts;
  /** Octets of content that a host must take in a second, on the whole; absent or 0: no least. */
  readonly minDataRate?: number;
  readonly judge: Judge;
  /** Tell of STARTTLS that is offered where none is wanted. */
  readonly noteStartTlsOffer?: boolean;
  /** Tell about records and certificates at length (`tls.loglevel` 2). */
  readonly tlsDetails?: boolean;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}
