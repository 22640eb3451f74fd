import type { DeliveryStatus } from '../mail/status.ts';
import type { Recipient } from '../mail/message.ts';

/** One mail transaction to offer to a server (RFC 5321 §3.3). */
export interface Transaction {
  /** Whose message it is, for those who watch. */
  readonly queueId?: string;
  readonly sender: string;
  readonly recipients: readonly Recipient[];
  readonly body: '7BIT' | '8BITMIME';
  readonly smtpUtf8: boolean;
  readonly ret?: 'FULL' | 'HDRS';
  readonly envid?: string;
  /** It goes on as a message that requires TLS (RFC 8689 §2): only in a session that is fit for it. */
  readonly requireTls?: true;
  /** Octets of the content as stored. */
  readonly size: number;
  /** So many of them, at the start, are DKIM-Signature fields of ours; absent: none. */
  readonly signatureBytes?: number;
  /**
   * The content with CRLF line ends, not dot-stuffed, in chunks; may be called more than once. Rejects if the store
   * cannot return it.
   */
  readonly content: () => AsyncIterable<Uint8Array> | Iterable<Uint8Array>;
  /** Absent if no other process can have the message and nobody asks what became of it. */
  readonly intent?: DotIntent;
}

/**
 * The intent to send the dot that ends the content. From that dot on the server may have the message, whether or not a
 * reply arrives. So the intent is recorded before it, and only by the run that has the message.
 */
export interface DotIntent {
  /**
   * Called together with DATA, awaited before the dot. False if this run no longer has the message; rejects if it could
   * not be stored.
   */
  record(): Promise<boolean>;
  /** Whether the recorded intent is still valid; asked right before the dot. Costs nothing. */
  holds(): boolean;
}

/** The result of the transaction. */
export interface TransactionResult {
  /** One per recipient of the transaction, same order. */
  readonly statuses: readonly DeliveryStatus[];
  /** Epoch milliseconds at which MAIL FROM was about to be sent. */
  readonly startedAt: number;
  /** Epoch milliseconds of the reply (or failure) that ended it. */
  readonly endedAt: number;
  /**
   * True if a reused session had ended before it took anything of this transaction: the server had hung up, or answers
   * MAIL with 421. Nothing was delivered, and a new session may work.
   */
  readonly stale?: boolean;
  /**
   * Its envelope had gone ahead, and the reply to the dot before it did not come soon. It is `stale` then: the
   * connection ends with that reply, as DATA cannot be taken back.
   */
  readonly withdrawn?: boolean;
  /** The connection was lost or the server fell silent, and not because this machine ran out of something. */
  readonly broke?: boolean;
  /** How the content was converted for this server, in words for the log. */
  readonly altered?: readonly string[];
  /** First line of what the server sent that is no reply, printable and short. */
  readonly stray?: string;
  /**
   * Indexes of recipients that were one too many: the server takes no more in one transaction (RFC 5321 §4.5.3.1.10).
   */
  readonly tooMany?: readonly number[];
}

/** The facts of a TLS session that the summary line shows. */
export interface TlsFacts {
  /** `TLSv1.3`. */
  readonly protocol: string;
  /** OpenSSL name. */
  readonly cipher: string;
  /** Key bits used and of the algorithm. */
  readonly bits: readonly [used: number, algorithm: number];
  /** `X25519`, `ECDHE (prime256v1)`; TLS 1.3 only. */
  readonly keyExchange?: string;
  /** `RSA-PSS (2048 bits)`, `ECDSA (prime256v1)`; TLS 1.3 only. */
  readonly serverSignature?: string;
  readonly serverDigest?: string;
}

/** Postfix's word for what was proved about the peer. */
export type TlsWord = 'Anonymous' | 'Untrusted' | 'Trusted' | 'Verified';
