/** A condition of RFC 3461 §4.1 for which the sender wants a report. */
export type Notify = 'NEVER' | 'SUCCESS' | 'FAILURE' | 'DELAY';

/** One RCPT TO of the client, with the parameters that travel on. */
export interface Recipient {
  /** Mailbox without angle brackets; the domain in A-labels or an address literal. */
  readonly address: string;
  /** The same with the domain as the client wrote it (U-labels, upper case), for the log; absent if that is `address`. */
  readonly written?: string;
  /** What the client named, if another address was made of it: it had no domain, say. */
  readonly original?: string;
  /** RFC 3461 §4.1; absent when the client said nothing. */
  readonly notify?: readonly Notify[];
  /** RFC 3461 §4.2, decoded from xtext: `rfc822;user@example.org`. */
  readonly orcpt?: string;
}

/** What MAIL FROM and RCPT TO said (RFC 5321 §2.3.1), independent of who said it. */
export interface Envelope {
  /** Reverse-path without angle brackets; the empty string is the null sender. */
  readonly sender: string;
  /** The sender with its domain as the client wrote it; absent if that is `sender`. */
  readonly senderWritten?: string;
  readonly recipients: readonly Recipient[];
  /** RFC 6152: what the client declared about the content. */
  readonly body: '7BIT' | '8BITMIME';
  /** RFC 6531: the client asked for internationalised delivery. */
  readonly smtpUtf8: boolean;
  /** RFC 3461 §4.3: how much of the message a failure report returns. */
  readonly ret?: 'FULL' | 'HDRS';
  /** RFC 3461 §4.4, decoded from xtext. */
  readonly envid?: string;
  /** RFC 8689 §2: only hosts that prove who they are, and promise the same of the hosts behind them, may have it. */
  readonly requireTls?: true;
}

/** Who handed a message over, as the log and the Received line tell it. */
export interface Client {
  /** Host name of the client address, or `unknown`. */
  readonly name: string;
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
  /** What the client called itself in EHLO or HELO. */
  readonly helo: string;
  /** Registered word for the `with` clause (RFC 3848, RFC 6531 §4.3): ESMTP, ESMTPS, UTF8SMTP … */
  readonly protocol: string;
}

/** A message we have answered for: everything but its content, which is stored apart. */
export interface Message {
  readonly queueId: string;
  readonly envelope: Envelope;
  /** Who handed it over in a way that lets it ask later what became of it: name of a token of HTTP. */
  readonly submitter?: string;
  /** Absent for messages we wrote ourselves (bounces). */
  readonly client?: Client;
  /** Epoch milliseconds of the MAIL FROM. */
  readonly arrivedAt: number;
  /** Epoch milliseconds at which all of it had come and it entered the queue; absent: at once. */
  readonly queuedAt?: number;
  /** Octets of the stored content, our Received line and signatures included. */
  readonly size: number;
  /** So many of them, at the start, are DKIM-Signature fields of ours; absent: none. */
  readonly signatureBytes?: number;
  /**
   * A report about TLS sessions (RFC 8460): what TLS policy the domain of its recipient has does not keep it from there,
   * its sessions are not counted, and its time is up after a day.
   */
  readonly tlsReport?: true;
  /** RFC 8689 §3: its header says `TLS-Required: No`. It counts unless the envelope says the opposite. */
  readonly tlsOptional?: true;
  /**
   * Of a report about a message that requires TLS: where the content has the header of that message, which no other host
   * may see; octets from the first one behind our signatures.
   */
  readonly redactable?: { readonly from: number; readonly to: number };
  /** Its header asks for receipts (docs/receipts.md). */
  readonly wantsReceipt?: true;
  /** Message-ID header with angle brackets, or the empty string. */
  readonly messageId: string;
}
