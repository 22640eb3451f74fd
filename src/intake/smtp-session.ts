import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import type { SMTPServer } from 'smtp-server';
import type { Excess } from '../core/intake/client-limits.ts';
import { clientName, localName } from './client-name.ts';
import { CommandCounts } from '../core/intake/command-counts.ts';
import { CommandStream } from './command-stream.ts';
import { ClientErrors } from '../core/intake/client-errors.ts';
import type { Content } from './content.ts';
import { flawedCommandReplies } from '../core/intake/flaw-replies.ts';
import type { IntakeContext } from './intake-context.ts';
import {
  bug,
  connected,
  disconnected,
  foreign,
  lost,
  outOfTurn,
  type ClientHost,
  rejected,
  timedOut,
} from './log-lines.ts';
import { MailDialog } from './mail-dialog.ts';
import { ClientTimeouts } from '../core/intake/client-timeouts.ts';
import { type IncomingMessage, acceptMessage } from './accept-message.ts';
import { isForeign, isLastOfGroup, isServed, notImplemented, simpleReplies } from '../core/intake/verbs.ts';

/** One client. The library keeps its socket and the order of its commands; what they say is Postfix's. */
export class SmtpSession extends SMTPConnection {
  readonly #context: IntakeContext;
  readonly #counts = new CommandCounts();
  readonly #errors: ClientErrors;
  readonly #timeouts: ClientTimeouts;
  readonly #excess: Excess | undefined;
  #client: ClientHost;
  #dialog: MailDialog;
  /** From DATA to the end of the message. */
  #content: Content | undefined;
  /** From the end of the message to our reply. */
  #owesReply = false;
  /** Last command in the words of the log. */
  #stage = 'CONNECT';
  /** What the queue says of the last message; never rejects. */
  #taken: Promise<unknown> = Promise.resolve();
  #announced = false;
  #saidGoodbye = false;
  #draining = false;

  constructor(server: SMTPServer, socket: Socket, id: string, context: IntakeContext) {
    // With an id the library draws no random one.
    super(server, socket, { id });
    this.#context = context;
    this.#excess = context.admission.enter(this.remoteAddress);
    this.#errors = new ClientErrors(context.options);
    this.#timeouts = new ClientTimeouts(context.options, performance.now());
    this.#client = { name: 'unknown', address: this.remoteAddress };
    this.#dialog = new MailDialog(context, this.#client);
  }

  /** Begins without the library's pause of 100 ms and its reverse lookup. */
  override init(): void {
    this._setListeners(() => {
      const { lookupClientName } = this.#context.ports;
      if (lookupClientName === undefined || this.remoteAddress === '127.0.0.1')
        this.#greet(localName(this.remoteAddress));
      else void clientName(this.remoteAddress, lookupClientName).then((name) => this.#greet(name));
    });
  }

  /** Ends the session now, or after the message that is under way (RFC 5321 §3.8). */
  drain(): void {
    this.#draining = true;
    if (this._closing || this.#content !== undefined || this.#owesReply) return;
    this.#hangUp('421 4.3.2 % Error: server shutting down');
  }

  /** Ends the session if the client lets us wait. @param now performance.now() */
  checkDeadline(now: number): void {
    const received = this.#content?.receivedBytes ?? 0;
    const waitsForUs = this.#owesReply || this.#content?.chunks.ready === true;
    if (
      !this.#timeouts.isOver(now, received, waitsForUs, this.#context.admission.timeoutMs()) ||
      this._closing
    )
      return;
    this.#context.ports.log(timedOut(this.#client, this.#where));
    this.#content?.abort('timeout');
    this.#hangUp('421 4.4.2 % Error: timeout exceeded');
  }

  override _createParser(): CommandStream {
    const stream = new CommandStream(this._socket, {
      command: (command, isLast, done) => this.#onLine(command, isLast, done),
      flawed: (flaw, command, done) =>
        this.#afterDelay(verbOf(command), () => {
          this.#reply(this.#dialog.refuse(this.#stage, flawedCommandReplies[flaw]));
          done();
        }),
      hopeless: (why) => {
        if (why === 'endless') return this.#hangUp('421 4.7.0 % Error: Command line too long');
        this.#dismissForeign('octets that are no text');
      },
    });
    stream.ondata = () => this.#timeouts.begin(performance.now());
    stream.oninputend = () => {
      this.#content?.abort('lost connection');
      if (!this._closing) this._socket.end();
    };
    return stream;
  }

  /** The library keeps an idle timer that every octet resets; see checkDeadline(). */
  override _armTimeout(): void {}

  /** Socket errors end in `close`, and are told there. */
  override _onError(): void {}

  override _onClose(): void {
    const isFirst = !this._closed;
    super._onClose();
    if (!isFirst) return;
    const { log } = this.#context.ports;
    // Gone before its name was found.
    if (!this.#announced) log(connected(this.#client));
    if (!this.#saidGoodbye) log(lost(this.#client, this.#where));
    this.#content?.abort('lost connection');
    // What it has open is in memory until the queue has done with it.
    void this.#taken.then(() => this.#dialog.reset());
    log(disconnected(this.#client, this.#counts.toString()));
  }

  #onLine(command: Buffer, isLast: boolean, done: () => void): void {
    const verb = verbOf(command);
    this.#afterDelay(verb, () => {
      // Before its greeting a client has nothing to say; the library tells it so.
      if (!this._ready) return this._onCommand(command, done);
      if (isForeign(command)) return this.#dismissForeign(command.toString('latin1'));
      if (!isLast && isLastOfGroup.has(verb) && this.#context.options.forbidUnauthPipelining) {
        this.#context.ports.log(outOfTurn(this.#client, verb));
        return this.#hangUp('554 5.5.0 Error: SMTP protocol synchronization');
      }
      if (notImplemented.has(verb)) {
        this.#reply('502 5.5.1 Error: command not implemented');
        return done();
      }
      // The library's own limit counts less.
      this._unrecognizedCommands = 0;
      this._onCommand(command, done);
    });
  }

  /** Counts a command, and serves it: at once, later, or not at all, as the client has behaved. */
  #afterDelay(verb: string, serve: () => void): void {
    this.#stage = isServed(verb) ? verb : 'UNKNOWN';
    this.#counts.begin(verb);
    this.#timeouts.begin(performance.now());
    const { reaction } = this.#errors;
    this.#errors.command(verb);
    if (reaction === 'obey') return serve();
    if (reaction === 'dismiss') {
      this.#counts.failed();
      return this.#hangUp('421 4.7.0 % Error: too many errors');
    }
    const { options, ports } = this.#context;
    sleep(options.errorSleepTimeMs, undefined, { ref: false }).then(
      () => this._closing || this._closed || serve(),
      (error: unknown) => ports.log(bug(undefined, error)),
    );
  }

  override _getHandler(verb: string): ReturnType<SMTPConnection['_getHandler']> {
    if (!isServed(verb)) return undefined;
    return (command: Buffer, done: () => void) => {
      const reply = this.#answer(verb, command.toString());
      if (reply !== undefined) this.#reply(reply);
      done();
    };
  }

  /** The library's own replies: to what is no command (500), to mail before HELO (503), of a bug (451). */
  override send(code: number, data?: string | string[] | null): void {
    // Its table of enhanced codes takes every 421 for a timeout.
    const prefix = code === 421 ? `4.7.0 ${this.name} Error:` : this._getEnhancedStatusCode(code);
    this.#reply(`${code} ${prefix} ${[data ?? ''].flat().join(' ').replace(`${this.name} `, '')}`);
  }

  /** Reply to a command; undefined if it gives its own. */
  #answer(verb: string, command: string): string | undefined {
    switch (verb) {
      case 'HELO':
      case 'EHLO':
        return this.#hello(command.slice(5).trim(), verb === 'EHLO');
      case 'MAIL':
        return this.#dialog.mail(command);
      case 'RCPT':
        return this.#dialog.rcpt(command);
      case 'DATA':
        return this.#data(command);
      case 'RSET':
        this.#dialog.reset();
        return simpleReplies[verb];
      default:
        return simpleReplies[verb];
    }
  }

  #greet(name: string): void {
    if (this._closing || this._closed) return;
    const { options, ports, admission } = this.#context;
    this.#client = { name, address: this.remoteAddress };
    this.#dialog = new MailDialog(this.#context, this.#client);
    ports.log(connected(this.#client));
    this.#announced = true;
    const refusal = admission.refusal(this.#client, this.#excess);
    if (refusal !== undefined) {
      const reply = `421 4.7.0 ${options.hostname} Error: ${refusal}`;
      ports.log(rejected(this.#client, { queueId: undefined, stage: 'CONNECT', reply }));
      this.#hangUp(reply);
      return;
    }
    this._ready = true;
    this.#reply(`220 ${options.hostname} ESMTP dane-relay`);
  }

  #hello(name: string, extended: boolean): string {
    const { hostname, messageSizeLimitBytes } = this.#context.options;
    if (name === '') return `501 Syntax: ${extended ? 'EHLO' : 'HELO'} hostname`;
    // The library wants a name here before it serves MAIL.
    this.hostNameAppearsAs = name;
    this.#dialog.hello(name, extended);
    if (!extended) return `250 ${hostname}`;
    const size = `SIZE ${messageSizeLimitBytes}`;
    const lines = [hostname, 'PIPELINING', size, 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN'];
    return `${lines.map((line) => `250-${line}\r\n`).join('')}250 SMTPUTF8`;
  }

  #data(command: string): string | undefined {
    const incoming = command.length > 4 ? '501 5.5.4 Syntax: DATA' : this.#dialog.data();
    if (typeof incoming === 'string') return incoming;
    this.#receive(incoming);
    return undefined;
  }

  #receive(incoming: IncomingMessage): void {
    const stream = this._parser;
    if (!(stream instanceof CommandStream)) return;
    const { ports, underWay } = this.#context;
    this.#content = incoming.content;
    this.#timeouts.messageBegins(performance.now());
    const ended = stream.receive(incoming.content).then((resume) => {
      this.#content = undefined;
      this.#owesReply = true;
      this.#stage = 'END-OF-MESSAGE';
      return resume;
    });
    const answer = acceptMessage(incoming, ports.accept, ports.log);
    this.#taken = answer;
    underWay.add(answer);
    void answer.then(() => underWay.delete(answer));
    void Promise.all([answer, ended]).then(([reply, resume]) => this.#answerData(reply, resume));
    this.#reply('354 End data with <CR><LF>.<CR><LF>');
  }

  #answerData(reply: string | undefined, resume: () => void): void {
    this.#owesReply = false;
    this.#timeouts.messageEnds(performance.now());
    this.#dialog.dataEnded(reply);
    if (reply?.startsWith('2')) this.#errors.delivered();
    if (reply !== undefined) this.#reply(reply);
    if (this.#draining) this.drain();
    else resume();
  }

  get #where(): string {
    return this.#content ? `DATA (${this.#content.receivedBytes} bytes)` : this.#stage;
  }

  /** A browser, TLS without STARTTLS, or whatever else lost its way here. @param said in octets of latin1 */
  #dismissForeign(said: string): void {
    this.#context.ports.log(foreign(this.#client, said));
    this.#counts.failed();
    this.#hangUp('421 4.7.0 % Error: this is SMTP');
  }

  /** Answers the last command. @param text complete reply without the last CRLF */
  #reply(text: string): void {
    if (text >= '4') {
      this.#errors.refused(text);
      this.#counts.failed();
    }
    this.#write(text);
  }

  /** Sends a last reply, and closes. `%` is our name. */
  #hangUp(text: string): void {
    this.#write(text.replace('%', this.name), true);
  }

  /** Writes as long as the client may read, even if it sends no more. */
  #write(text: string, isLast = /^[24]21/.test(text)): void {
    if (!this._socket.writable) return;
    this._socket.write(`${text}\r\n`);
    this.#saidGoodbye ||= isLast;
    if (this.#saidGoodbye) this.close();
  }
}

function verbOf(command: Buffer): string {
  return /^[a-z]{1,10}/i.exec(command.toString('latin1', 0, 10))?.[0].toUpperCase() ?? '';
}
