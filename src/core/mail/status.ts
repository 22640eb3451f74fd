import type { Mismatch } from '../dane/verdict.ts';
import type { EffectiveLevel } from '../levels/levels.ts';

/** How far a failure reaches: what must be tried elsewhere or again, and what need not. */
export type Scope =
  /** One RCPT TO was refused; the others are not affected. */
  | 'recipient'
  /** This message was refused by this host; another message may pass. */
  | 'message'
  /** This host cannot be used now; another MX may. */
  | 'host'
  /** No host of the destination can be used now. */
  | 'destination';

/**
 * What kept mail from a host that must be spoken to over TLS. `settings`, `resolver`,
 * `STS unknown` and `memory unknown` are troubles of our own; all others are for the operator of the host to mend,
 * or for ours where the level is one that he has asked for.
 */
export interface TlsFault {
  readonly kind:
    | 'certificate'
    | 'not offered'
    | 'refused'
    | 'handshake'
    | 'TLSA lookup'
    | 'no TLSA records'
    | 'unusable TLSA records'
    | 'unsigned'
    /** The MTA-STS policy of the destination does not list the host. */
    | 'not in STS policy'
    /** Nobody knows whether the destination has an MTA-STS policy: what is stored cannot be read. */
    | 'STS unknown'
    /** The message requires TLS (RFC 8689), and nothing says how the host could prove who it is. */
    | 'not authenticated'
    /** The message requires TLS, and the host does not promise to pass it on so. */
    | 'no REQUIRETLS'
    /** It was proved by DANE, and now looks unsigned (`tls.sticky`). */
    | 'DANE lost'
    /** Nobody knows whether it was: what is stored cannot be read. */
    | 'memory unknown'
    | 'settings'
    | 'resolver';
  /** As the MX record lists it. */
  readonly host: string;
  /** At which the host was to be spoken to; absent where it never came to be decided. */
  readonly level?: EffectiveLevel;
  /** What is wrong with its certificate. */
  readonly mismatch?: Mismatch['cause'];
}

/** What became of one recipient in one attempt. */
export interface DeliveryStatus {
  readonly outcome: 'sent' | 'deferred' | 'bounced';
  /** Enhanced status code, RFC 3463: `2.0.0`. */
  readonly dsn: string;
  /** The text between the parentheses of the log line; one line, printable. */
  readonly reason: string;
  readonly scope: Scope;
  /** `host[address]:port` of the session that decided, absent if there was none. */
  readonly relay?: string;
  /** Present when a reply of the remote host decided (RFC 3464 §2.3.5, §2.3.6). */
  readonly remote?: { readonly host: string; readonly reply: string };
  /** The final dot was sent and no reply came: the host may have the message (RFC 5321 §4.5.4.1, RFC 1047). */
  readonly ambiguous?: true;
  /** Trouble of our own house: the mail waits, and its time is not up because of it. */
  readonly ours?: true;
  /** This relay refuses it by its own rules, and has asked no host. */
  readonly byUs?: true;
  readonly tlsFault?: TlsFault;
  /** The host that took the mail knows nothing of reports (RFC 3461 §5.2.2): whoever asked for one gets it from us. */
  readonly withoutDsn?: boolean;
}

/** A failure before or during a session: never `sent`. */
export type Trouble = DeliveryStatus & { readonly outcome: 'deferred' | 'bounced' };

/** Why an attempt failed, as far as a report needs to know it later. */
export type LastFailure = Pick<DeliveryStatus, 'dsn' | 'reason' | 'remote' | 'tlsFault'>;
