import type { Errand, ObserveSession } from '../core/delivery/session-event.ts';
import type { StartSigning } from '../core/dkim/message-signer.ts';
import type { Log } from '../core/log/log-event.ts';
import type { UsableHost } from '../core/tls-policy/host-policy.ts';
import type { Judgement } from '../core/tls-policy/judge.ts';

import type { AheadMemory } from './ahead-memory.ts';

/** One address of one host, and how to talk to it. */
export interface Target {
  /** MX name as listed. */
  readonly host: string;
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
  readonly port: number;
  readonly policy: UsableHost;
  /** Destination of the mail, named when a loop is found; the host if absent. */
  readonly nextHop?: string;
  /** True if no MX of the destination is preferred to this host. A loop is permanent then. */
  readonly best?: boolean;
  /** The delivery that wants the session. */
  readonly errand?: Errand;
}

/**
 * Milliseconds to wait for one reply; `dataXferMs` for room to write on, `transactionMs` for everything before the
 * final dot. RFC 5321 §4.5.3.2 has minimums.
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
  /** How long a session may linger in the background after QUIT. */
  readonly quitMs: number;
}

/**
 * Judges the certificates as the server sent them, DER, its own first; empty if it sent none. Must not throw.
 *
 * @param at epoch milliseconds, as of which they are judged
 */
export type Judge = (chain: readonly Uint8Array[], policy: UsableHost, at: number) => Judgement;

export interface SessionOptions {
  /** Our name in EHLO; empty for the address that the connection comes from. */
  readonly heloName: string;
  /** The name by which the relay recognises itself; `heloName` if absent. */
  readonly hostname?: string;
  readonly timeouts: Timeouts;
  /** Octets of content that a host must take in a second, on average; absent or 0: no minimum. */
  readonly minDataRate?: number;
  readonly judge: Judge;
  /** For content that is written anew, if it was signed. Absent: it goes without a signature. */
  readonly sign?: StartSigning;
  /** Which hosts get the next envelope behind a final dot; absent: none. */
  readonly ahead?: AheadMemory;
  /** Log STARTTLS that is offered and not used. */
  readonly noteStartTlsOffer?: boolean;
  /** The judge is shown all certificates that a host sent, also where only the first makes a difference. */
  readonly wholeChain?: boolean;
  /** Sessions keep what was judged, for receipts; the whole chain then. */
  readonly keepsJudged?: boolean;
  /** Log TLSA records and certificates in detail (`tls.loglevel` 2). */
  readonly tlsDetails?: boolean;
  /** Watches the sessions. */
  readonly observe?: ObserveSession;
  /** Is told how many milliseconds a handshake took. */
  readonly secured?: (tookMs: number) => void;
  /** Epoch milliseconds. */
  readonly now: () => number;
  readonly log: Log;
}
