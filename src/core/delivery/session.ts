import type { ReferenceName } from '../dane/names.ts';
import type { ShownCertificate } from '../dane/shown-certificate.ts';
import type { DaneDigest } from '../dane/tlsa.ts';
import type { TlsaRecord } from '../dns/record.ts';
import type { EffectiveLevel } from '../levels/levels.ts';
import type { Trouble } from '../mail/status.ts';
import type { StsResult } from '../sts/sts-finding.ts';
import type { RequireTlsFit } from '../mail/tls-need.ts';
import type { Proof } from '../smtp/certificate-lines.ts';
import type { TlsFacts, TlsWord, Transaction, TransactionResult } from '../smtp/transaction.ts';

/** An SMTP session whose host was judged (RFC 5321 §3.1, §3.3). One transaction at a time, up to its final dot. */
export interface Session {
  /** `mx.example[192.0.2.1]:25` */
  readonly relay: string;
  readonly host: string;
  readonly address: string;
  readonly port: number;
  /** Key of the policy under which it was made; it may serve only that policy. */
  readonly policyKey: string;
  /** Name of the exception under which it was made. */
  readonly exception?: string;
  /** The demanded security level, and the one it has. */
  readonly levels?: { readonly initial: EffectiveLevel; readonly final: EffectiveLevel };
  /** Whether it may carry mail that requires TLS, or what it lacks. */
  readonly requireTls?: RequireTlsFit;
  /** It was made by a policy that asks less than the settings do, because a message wished so. */
  readonly lowered?: true;
  /** The same, because it was made for a report about TLS. */
  readonly relaxed?: true;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** Transactions so far, the running one included. */
  readonly uses: number;
  /** Absent where the session is in clear. */
  readonly tls?: SessionTls;
  /** Code of the reply with which the host refused STARTTLS, where the session is in clear because of that. */
  readonly startTlsReply?: number;
  /**
   * False during a transaction up to its final dot, and once the session has ended or should not be used again. This
   * costs nothing.
   */
  usable(): boolean;
  /**
   * Offers one message. Never rejects because of the server, the network or the content; throws if a transaction is
   * still running. If `signal` is aborted before the end of the content was sent, the session is dropped and nothing
   * was delivered; after that the reply is awaited.
   *
   * @param dotSent is called when the final dot was sent and only its reply is to come, if the host takes the next
   * envelope behind it (RFC 2920 §3.1). From then on the session is usable again.
   */
  transact(transaction: Transaction, signal: AbortSignal, dotSent?: () => void): Promise<TransactionResult>;
  /** Says QUIT, as soon as no reply is to come, and returns at once. */
  close(): void;
}

/** `proof` where policy demands one. */
export interface SessionTls {
  readonly word: TlsWord;
  readonly facts: TlsFacts;
  readonly proof?: Proof;
  /** What the certificate is worth under the MTA-STS policy of the destination; absent without one. */
  readonly sts?: StsResult;
  /** The certificates that the host showed, where its policy has them kept. */
  readonly chain?: readonly Uint8Array[];
  /** What was judged; kept where receipts are made. */
  readonly judged?: Judged;
}

/** What a host showed when a session with it was opened, and what it was held against. */
export interface Judged {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly level: EffectiveLevel;
  /** DER as sent, the host's own first. */
  readonly chain: readonly Uint8Array[];
  /** Usable ones; empty at levels that have none. */
  readonly records: readonly TlsaRecord[];
  readonly names: readonly ReferenceName[];
  /** Strongest first; absent for the usual order. */
  readonly digests?: readonly DaneDigest[];
}

export type Connected<S extends Session = Session> =
  | { readonly kind: 'open'; readonly session: S }
  | NotConnected;

/** The step at which a session setup ended. */
export type SetupStep = 'connect' | 'greeting' | 'EHLO' | 'STARTTLS' | 'handshake' | 'certificate' | 'AUTH';

export interface NotConnected {
  readonly kind: 'trouble';
  /** The step that failed. */
  readonly step: SetupStep;
  readonly status: Trouble;
  /** The handshake failed, or the connection was lost within TLS: in clear it may succeed. */
  readonly tlsBroke?: boolean;
  /** Policy allowed what TLS there was when it ended. */
  readonly tls?: SessionTls;
  /** What the host showed, where that is not what policy demands. */
  readonly shown?: ShownCertificate;
}
