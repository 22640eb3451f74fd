import type { ClientIdentity } from '../../core/intake/client-identity.ts';
import type { ListenerRules } from '../../core/intake/listener.ts';
import type { IncomingMessage } from '../accept-message.ts';
import type { ClientConnection } from '../connection/client-connection.ts';
import type { IntakeContext } from '../intake-context.ts';
import type { MailDialog } from '../mail-dialog.ts';

/** A session, as far as commands act on it. */
export interface CommandSession {
  readonly context: IntakeContext;
  /** The rules of the listener that the client came in on. */
  readonly listener: ListenerRules;
  readonly connection: ClientConnection;
  /** HELO, and the mail transaction. */
  readonly dialog: MailDialog;
  /** Who the client is now. */
  readonly identity: ClientIdentity;
  /** The client has shown who it is, or for whom it speaks. */
  identify(identity: ClientIdentity): void;
  /** The reply to a client that comes in, or is somebody else now: our greeting, or why it is turned away. */
  greeting(): string;
  /** Whether STARTTLS can be offered now, or why not. */
  readonly startTlsOffer: 'offered' | 'unusable' | 'none';
  /** Sends a reply, and begins TLS. Nothing that the client has said counts any more. */
  startTls(reply: string): void;
  /** Reads what follows as the content of a message, and replies to it. */
  receive(message: IncomingMessage): void;
  /**
   * Sends a challenge (`334 …`) and resolves with the client's next line, which is then no command. Resolves with undefined
   * when there is none: the client is gone, or its line had a flaw and was refused. There is nothing to reply to then.
   */
  ask(challenge: string): Promise<Buffer | undefined>;
  /** Lets the client wait for its reply. A session that is to end does so meanwhile. */
  pause(ms: number): Promise<void>;
  /** Counts a login that failed. Returns how many of this session have. */
  failedLogin(): number;
}

/**
 * Serves one command. The line is whole, without CRLF. Returns the reply (without its last CRLF), or undefined if it has
 * been sent or nobody waits for it. What takes time is a promise, and the client waits for us meanwhile.
 */
export type CommandHandler = (
  session: CommandSession,
  line: string,
) => string | undefined | Promise<string | undefined>;
