/**
 * The way into the relay for clients that do not speak SMTP. What they say goes through the dialogue of SMTP, so that the
 * same rules hold, with the same replies and the same lines in the log.
 */
export interface Door {
  /** Begins a transaction. end() must follow. */
  begin(client: DoorClient): DoorTransaction;
}

/** A client that has shown who it is. */
export interface DoorClient {
  /** IPv4 or IPv6 address, no brackets. */
  readonly address: string;
  /** Login name. */
  readonly user: string;
  readonly tls: boolean;
}

/** A transaction as in RFC 5321 §3.3. Replies are complete reply lines. */
export interface DoorTransaction {
  /** @param parameters as in SMTP: `SMTPUTF8 RET=HDRS` */
  mail(address: string, parameters: string): string;
  rcpt(address: string, parameters: string): string;
  /** Logs a refusal that is not the dialogue's, and returns it. @param stage `MAIL`, `RCPT` … */
  refuse(stage: string, reply: string): string;
  /** Begins the content, or the reply that refuses it. */
  data(remember: Remember): DoorContent | string;
  end(): void;
}

/** What is remembered of a message for the client that hands it over. */
export interface Remember {
  readonly submitter: string;
  /** What the client is told when the message is accepted. */
  readonly answer: (queueId: string, messageId: string) => string;
  /** Present if the request may be repeated: the message is accepted once for one key. */
  readonly once?: {
    /** Whose key it is, and the key: both in one text. */
    readonly key: string;
    /** Of the request; known when its content was read. */
    readonly fingerprint: () => string;
  };
}

/** The content of a message on its way to the queue. */
export interface DoorContent {
  readonly queueId: string;
  /** Takes octets of the message, lines with CRLF, not dot-stuffed. Resolves when there is room for more. */
  push(octets: Buffer): Promise<void>;
  /** Why nothing more of it need come. */
  refused(): boolean;
  /** The message is complete: resolves when it is on stable storage, or refused. */
  finish(): Promise<DoorResult>;
  /** The client is gone: nothing of it is kept. */
  abort(): void;
}

export type DoorResult =
  | { readonly kind: 'accepted'; readonly messageId: string }
  /** A message was accepted for the key before. */
  | { readonly kind: 'known' }
  | { readonly kind: 'refused'; readonly reply: string };
