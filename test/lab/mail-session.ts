import type { Socket } from 'node:net';
import { TLSSocket, type SecureContext } from 'node:tls';
import { ContentReader, type Content, type ContentOptions } from './content-reader.ts';

/** What a mail host saw of one connection. Fills while the session goes on. */
export interface Session {
  readonly remoteAddress: string;
  /** Epoch milliseconds. */
  readonly openedAt: number;
  /** Command lines that came in the clear. */
  readonly plaintextCommands: readonly string[];
  /** `refused` when STARTTLS was asked for and not granted. */
  readonly tls: 'none' | 'refused' | 'handshake' | 'failed' | 'established';
  /** SNI (RFC 6066 §3), if the client sent one. */
  readonly serverName?: string;
  readonly protocol?: string;
  readonly cipher?: string;
  /** Application bytes received inside TLS, the EHLO included; 0 when the client went away after the handshake. */
  readonly tlsBytes: number;
  /** Command lines that came inside TLS. */
  readonly tlsCommands: readonly string[];
  /** `open`, `QUIT`, `closed by client`, `dropped by host`, or the code of the socket's error. */
  readonly end: string;
}

/** Places at which a host can go wrong. The command named is received and never answered, except that STARTTLS gets its 220. */
export type Stage =
  | 'before greeting'
  | 'after EHLO'
  | 'after STARTTLS'
  | 'in handshake'
  | 'after MAIL'
  | 'during DATA'
  | 'after final dot';

export interface ReceivedEnvelope {
  readonly sender: string;
  readonly recipients: readonly string[];
}

/** What the host tells its sessions to do. */
export interface SessionPlan {
  readonly name: string;
  /** Complete, without CRLF. */
  readonly greeting: string;
  readonly greetingDelayMs: number;
  /** EHLO keywords, STARTTLS not among them. */
  readonly extensions: readonly string[];
  /** Absent: STARTTLS is not offered. */
  readonly secureContext?: SecureContext;
  /** The greeting comes after a handshake. */
  readonly wrapped: boolean;
  /** Sent in the clear in the same segment as the 220 of STARTTLS. */
  readonly afterStartTls: string;
  readonly delayMs: number;
  readonly content: ContentOptions;
  readonly record: boolean;
  /** The reply to a command (`.` is the final dot) when it is not the usual one; without CRLF. */
  reply(command: string): string | undefined;
  trouble(stage: Stage): 'hang' | 'drop' | undefined;
  /** Takes a message and gives its queue id. */
  deliver(envelope: ReceivedEnvelope, content: Content, tls: boolean): string;
}

const empty = Buffer.alloc(0);
const longestLineBytes = 64 * 1024;

/** One connection, from the greeting on. Pipelined commands are answered together (RFC 2920). */
export class MailSession implements Session {
  readonly remoteAddress: string;
  readonly openedAt = Date.now();
  readonly plaintextCommands: string[] = [];
  readonly tlsCommands: string[] = [];
  tls: Session['tls'] = 'none';
  serverName?: string;
  protocol?: string;
  cipher?: string;
  tlsBytes = 0;
  end = 'open';

  readonly #plan: SessionPlan;
  #socket: Socket;
  /** `deaf`: what comes is not looked at, for good or until TLS is up. */
  #state: 'commands' | 'deaf' = 'commands';
  #unread: Buffer = empty;
  #replies: string[] = [];
  #afterReplies: (() => void) | undefined;
  #envelope: { sender: string; recipients: string[] } | undefined;
  #reader: ContentReader | undefined;

  constructor(socket: Socket, plan: SessionPlan) {
    this.#plan = plan;
    this.#socket = socket;
    this.remoteAddress = socket.remoteAddress ?? 'unknown';
    this.#listen(socket);
    if (this.#goesWrong('before greeting')) return;
    this.#replies.push(plan.greeting);
    const greet = (): void => {
      if (plan.greetingDelayMs > 0) setTimeout(() => this.#flush(), plan.greetingDelayMs).unref();
      else this.#flush();
    };
    if (plan.wrapped && plan.secureContext !== undefined) {
      this.tls = 'handshake';
      this.#state = 'deaf';
      this.#upgrade(plan.secureContext, greet);
    } else {
      greet();
    }
  }

  #listen(socket: Socket): void {
    socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    socket.on('error', (error: NodeJS.ErrnoException) => this.#ended(error.code ?? error.message));
    socket.on('close', () => this.#ended('closed by client'));
  }

  #ended(how: string): void {
    if (this.tls === 'handshake') this.tls = 'failed';
    if (this.end === 'open') this.end = how;
  }

  #receive(chunk: Buffer): void {
    if (this.tls === 'established') this.tlsBytes += chunk.length;
    let bytes = this.#unread.length === 0 ? chunk : Buffer.concat([this.#unread, chunk]);
    this.#unread = empty;
    while (bytes.length > 0 && this.#state === 'commands') {
      if (this.#reader !== undefined) {
        if (this.#goesWrong('during DATA')) return;
        const done = this.#reader.push(bytes);
        if (done === undefined) break;
        bytes = done.rest;
        this.#reader = undefined;
        this.#accept(done.content);
        continue;
      }
      const lineFeed = bytes.indexOf(0x0a);
      if (lineFeed === -1) {
        if (bytes.length > longestLineBytes) this.#close('500 5.5.2 Line too long');
        this.#unread = bytes;
        break;
      }
      const line = bytes.toString('utf8', 0, lineFeed).replace(/\r$/, '');
      bytes = bytes.subarray(lineFeed + 1);
      if (this.#plan.record)
        (this.tls === 'established' ? this.tlsCommands : this.plaintextCommands).push(line);
      this.#answer(line);
    }
    this.#flush();
  }

  #answer(line: string): void {
    const special = this.#plan.reply(line);
    const [verb = ''] = line.split(' ', 1);
    switch (verb.toUpperCase()) {
      case 'EHLO':
        if (this.#goesWrong('after EHLO')) return;
        this.#envelope = undefined;
        return this.#say(special ?? this.#capabilities());
      case 'HELO':
        return this.#say(special ?? `250 ${this.#plan.name}`);
      case 'STARTTLS':
        return this.#startTls(special);
      case 'MAIL':
        return this.#mail(line, special);
      case 'RCPT':
        return this.#recipient(line, special);
      case 'DATA': {
        if (special === undefined && (this.#envelope?.recipients.length ?? 0) === 0) {
          return this.#say('554 5.5.1 Error: no valid recipients');
        }
        const reply = special ?? '354 End data with <CR><LF>.<CR><LF>';
        if (reply.startsWith('354')) this.#reader = new ContentReader(this.#plan.content);
        return this.#say(reply);
      }
      case 'RSET':
        this.#envelope = undefined;
        return this.#say(special ?? '250 2.0.0 Ok');
      case 'NOOP':
        return this.#say(special ?? '250 2.0.0 Ok');
      case 'QUIT':
        this.end = 'QUIT';
        return this.#close(special ?? '221 2.0.0 Bye');
      default:
        return this.#say(special ?? '502 5.5.2 Error: command not recognized');
    }
  }

  #capabilities(): string {
    const { name, extensions, secureContext } = this.#plan;
    const offered = secureContext !== undefined && this.tls !== 'established' ? ['STARTTLS'] : [];
    const lines = [name, ...offered, ...extensions];
    return lines.map((line, index) => `250${index === lines.length - 1 ? ' ' : '-'}${line}`).join('\r\n');
  }

  #mail(line: string, special: string | undefined): void {
    if (this.#goesWrong('after MAIL')) return;
    const sender = /^MAIL FROM:\s*<([^>]*)>/i.exec(line)?.[1];
    if (sender === undefined) return this.#say(special ?? '501 5.5.4 Syntax: MAIL FROM:<address>');
    const reply = special ?? '250 2.1.0 Ok';
    if (reply.startsWith('2')) this.#envelope = { sender, recipients: [] };
    this.#say(reply);
  }

  #recipient(line: string, special: string | undefined): void {
    const recipient = /^RCPT TO:\s*<([^>]+)>/i.exec(line)?.[1];
    if (this.#envelope === undefined) return this.#say(special ?? '503 5.5.1 Error: need MAIL command');
    if (recipient === undefined) return this.#say(special ?? '501 5.5.4 Syntax: RCPT TO:<address>');
    const reply = special ?? '250 2.1.5 Ok';
    if (reply.startsWith('2')) this.#envelope.recipients.push(recipient);
    this.#say(reply);
  }

  #accept(content: Content): void {
    const special = this.#plan.reply('.');
    const envelope = this.#envelope ?? { sender: '', recipients: [] };
    this.#envelope = undefined;
    if (special !== undefined && !special.startsWith('2')) {
      if (!this.#goesWrong('after final dot')) this.#say(special);
      return;
    }
    const id = this.#plan.deliver(envelope, content, this.tls === 'established');
    // The message is taken even when the reply is never sent: whoever asks again makes a duplicate.
    if (!this.#goesWrong('after final dot')) this.#say(special ?? `250 2.0.0 Ok: queued as ${id}`);
  }

  #startTls(special: string | undefined): void {
    const { secureContext } = this.#plan;
    if (special !== undefined || secureContext === undefined || this.tls === 'established') {
      if (this.tls === 'none') this.tls = 'refused';
      return this.#say(special ?? '502 5.5.1 Error: command not implemented');
    }
    this.tls = 'handshake';
    this.#state = 'deaf';
    const injected = this.#plan.afterStartTls;
    this.#replies.push(`220 2.0.0 Ready to start TLS${injected === '' ? '' : `\r\n${injected}`}`);
    // Further commands in the same segment were not protected, and are not kept (RFC 3207 §4.2).
    this.#afterReplies = () => {
      if (!this.#goesWrong('after STARTTLS')) this.#upgrade(secureContext);
    };
  }

  #upgrade(secureContext: SecureContext, then?: () => void): void {
    const plain = this.#socket;
    plain.removeAllListeners('data');
    if (this.#plan.trouble('in handshake') !== undefined) {
      plain.once('data', () => this.#goesWrong('in handshake'));
      return;
    }
    const secure = new TLSSocket(plain, {
      isServer: true,
      secureContext,
      SNICallback: (name, done) => {
        this.serverName = name;
        // No context: the one above stays. Node refuses to switch to one without a certificate.
        done(null);
      },
    });
    this.#socket = secure;
    secure.once('secure', () => {
      this.tls = 'established';
      const { serverName = secure.servername } = this;
      if (typeof serverName === 'string' && serverName !== '') this.serverName = serverName;
      this.protocol = secure.getProtocol() ?? 'unknown';
      this.cipher = secure.getCipher().name;
      this.#state = 'commands';
      this.#envelope = undefined;
      then?.();
    });
    this.#listen(secure);
  }

  #goesWrong(stage: Stage): boolean {
    const action = this.#plan.trouble(stage);
    if (action === undefined) return false;
    this.#state = 'deaf';
    this.#flush();
    if (action === 'drop') {
      this.#ended('dropped by host');
      this.#socket.destroy();
    }
    return true;
  }

  #say(reply: string): void {
    if (reply.startsWith('421')) this.#close(reply);
    else this.#replies.push(reply);
  }

  #close(reply: string): void {
    this.#state = 'deaf';
    this.#replies.push(reply);
    this.#afterReplies = () => {
      this.#ended('dropped by host');
      this.#socket.end();
    };
  }

  #flush(): void {
    if (this.#replies.length === 0 || this.#socket.destroyed) return;
    const text = `${this.#replies.join('\r\n')}\r\n`;
    const then = this.#afterReplies;
    this.#replies = [];
    this.#afterReplies = undefined;
    const write = () => {
      if (!this.#socket.destroyed) this.#socket.write(text, () => then?.());
    };
    if (this.#plan.delayMs > 0) setTimeout(write, this.#plan.delayMs).unref();
    else write();
  }
}
