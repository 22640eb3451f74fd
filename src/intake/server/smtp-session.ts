import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { ClientErrors } from '../../core/intake/client-errors.ts';
import { withoutLogin, type ClientIdentity } from '../../core/intake/client-identity.ts';
import { ClientTimeouts } from '../../core/intake/client-timeouts.ts';
import { CommandCounts } from '../../core/intake/command-counts.ts';
import { longestCommandLine } from '../../core/intake/command-line.ts';
import { flawedCommandReplies } from '../../core/intake/flaw-replies.ts';
import type { LineFlaw } from '../../core/intake/line-flaw.ts';
import type { ListenerRules } from '../../core/intake/listener.ts';
import { isForeign, isLastOfGroup, isServed, notImplemented, verbOf } from '../../core/intake/verbs.ts';
import { longestResponse } from '../../core/sasl-server/server-mechanism.ts';
import { acceptMessage, type IncomingMessage } from '../accept-message.ts';
import type { Seat } from '../admission.ts';
import { clientName, localName } from '../client-name.ts';
import type { CommandSession } from '../commands/command.ts';
import { commandHandlers } from '../commands/commands.ts';
import { CommandReader } from '../command-reader.ts';
import type {
  ClientConnection,
  ConnectionEvents,
  ConnectionInput,
  OpenConnection,
} from '../connection/client-connection.ts';
import type { Content } from '../content.ts';
import type { IntakeContext } from '../intake-context.ts';
import type { IntakeListener } from '../intake-options.ts';
import {
  bug,
  connected,
  disconnected,
  foreign,
  lost,
  outOfTurn,
  rejected,
  timedOut,
  tlsEstablished,
  tlsFailed,
} from '../log-lines.ts';
import { acceptTls } from '../../tls/accept-tls.ts';
import { MailDialog } from '../mail-dialog.ts';

/** A client that has come in, and where. */
export interface Arrival {
  readonly socket: Socket;
  readonly listener: IntakeListener;
  readonly identity: ClientIdentity;
}

/** One client, from its greeting to its end. The replies and their conditions are those of Postfix. */
export class SmtpSession implements CommandSession {
  /** Resolves when the client is gone. */
  readonly gone: Promise<void>;
  readonly context: IntakeContext;
  readonly listener: ListenerRules;
  readonly #serverIdentity: IntakeListener['identity'];
  readonly connection: ClientConnection;
  readonly dialog: MailDialog;
  readonly #counts = new CommandCounts();
  /** What the client sent that others may read in another way. */
  readonly #notes = new Set<LineFlaw>();
  readonly #errors: ClientErrors;
  readonly #timeouts: ClientTimeouts;
  readonly #seat: Seat;
  #identity: ClientIdentity;
  #reader: CommandReader | undefined;
  /** From DATA to the end of the message. */
  #content: Content | undefined;
  /** The client waits for the reply to a message, or to a command that takes time. */
  #owesReply = false;
  /** Asks for the client's next line. */
  #next: () => void = () => undefined;
  /** Takes the client's next line, which is no command. */
  #answered: ((line: Buffer | undefined) => void) | undefined;
  /** The last command, in the words of the log. */
  #stage = 'CONNECT';
  /** The reply to the last message. Never rejects. */
  #taken: Promise<unknown> = Promise.resolve();
  #announced = false;
  #isShakingHands = false;
  #saidGoodbye = false;
  #draining = false;
  /** The client is kept waiting. */
  #isPausing = false;
  #failedLogins = 0;

  constructor(
    openConnection: OpenConnection,
    { socket, listener, identity }: Arrival,
    context: IntakeContext,
  ) {
    this.context = context;
    this.listener = listener.rules;
    this.#serverIdentity = listener.identity;
    let gone = (): void => undefined;
    this.gone = new Promise((resolve) => {
      gone = resolve;
    });
    this.connection = openConnection(socket, this.#events(gone));
    this.#identity = identity;
    this.#seat = context.admission.enter(identity);
    this.#errors = new ClientErrors(context.options);
    this.#timeouts = new ClientTimeouts(context.options, performance.now());
    this.dialog = new MailDialog(context, () => this.#identity);
  }

  get identity(): ClientIdentity {
    return this.#identity;
  }

  identify(identity: ClientIdentity): void {
    this.#identity = identity;
    this.#seat.take(identity);
  }

  get startTlsOffer(): 'offered' | 'unusable' | 'none' {
    if (this.listener.tls !== 'starttls' || this.#serverIdentity === undefined) return 'none';
    return this.#serverIdentity() === undefined ? 'unusable' : 'offered';
  }

  /** Begins the session. The client is greeted once its name is found. */
  begin(): void {
    // A client that speaks first speaks TLS, and that waits.
    if (this.listener.tls === 'implicit') return this.#findName();
    this.connection.open(() => this.#findName());
  }

  startTls(reply: string): void {
    this.#write(reply);
    void this.#secure();
  }

  receive(message: IncomingMessage): void {
    const reader = this.#reader;
    if (reader === undefined) return;
    const { ports, underWay } = this.context;
    this.#content = message.content;
    this.#timeouts.messageBegins(performance.now());
    const answer = acceptMessage(message, ports.accept, ports.log);
    this.#taken = answer;
    underWay.add(answer);
    reader.receive(message.content, (resume) => {
      this.#note(message.content.notes);
      this.#content = undefined;
      this.#owesReply = true;
      this.#stage = 'END-OF-MESSAGE';
      void answer.then((reply) => this.#answerData(reply, resume));
    });
    void answer.then(() => underWay.delete(answer));
    this.#reply('354 End data with <CR><LF>.<CR><LF>');
  }

  ask(challenge: string): Promise<Buffer | undefined> {
    return new Promise((resolve) => {
      if (!this.connection.isOpen) return resolve(undefined);
      this.#owesReply = false;
      this.#timeouts.begin(performance.now());
      this.#answered = resolve;
      this.#write(challenge);
      this.#next();
    });
  }

  async pause(ms: number): Promise<void> {
    const over = new AbortController();
    void this.gone.then(() => over.abort());
    this.#isPausing = true;
    await sleep(ms, undefined, { ref: false, signal: over.signal }).catch(() => undefined);
    this.#isPausing = false;
  }

  failedLogin(): number {
    this.#failedLogins += 1;
    return this.#failedLogins;
  }

  /** Ends the session now, or after the message that is under way (RFC 5321 §3.8). */
  drain(): void {
    this.#draining = true;
    if (!this.connection.isOpen || this.#content !== undefined) return;
    if (this.#owesReply && !this.#isPausing) return;
    this.#hangUp('421 4.3.2 % Error: server shutting down');
  }

  /** Ends the session if the client lets us wait too long. @param now performance.now() */
  checkDeadline(now: number): void {
    const { admission, options, ports } = this.context;
    const received = this.#content?.receivedBytes ?? 0;
    const waitsForUs = this.#owesReply || this.#content?.chunks.ready === true;
    const timeoutMs = this.#isShakingHands
      ? Math.min(options.starttlsTimeoutMs, admission.timeoutMs())
      : admission.timeoutMs();
    const isOver = this.#timeouts.isOver(now, received, waitsForUs, timeoutMs);
    if (!isOver || !this.connection.isOpen) return;
    ports.log(timedOut(this.#identity, this.#where));
    const refusal = this.#content?.refusal?.reply;
    this.#content?.abort('timeout');
    if (refusal === undefined) return this.#hangUp('421 4.4.2 % Error: timeout exceeded');
    // What the client takes for the end of its message may be none. It is told what is wrong with it.
    this.#hangUp(this.dialog.refuse('DATA', refusal));
  }

  /** Cuts the connection. */
  destroy(): void {
    this.connection.destroy();
  }

  #events(gone: () => void): ConnectionEvents {
    return {
      createReader: (input) => (this.#reader = this.#createReader(input)),
      isServed,
      serve: (verb, line, done) => this.#serve(verb, line, done),
      reply: (reply) => this.#reply(reply),
      closed: () => {
        this.#seat.leave();
        gone();
        this.#closed();
      },
    };
  }

  #createReader(input: ConnectionInput): CommandReader {
    return new CommandReader(this.connection, input, {
      command: (command, isLast, done) => this.#onLine(command, isLast, done),
      flawed: (flaw, command, done) => this.#onFlaw(flaw, command, done),
      bareNewline: () => this.context.admission.bareNewline(this.#identity),
      longestLine: () => (this.#answered === undefined ? longestCommandLine : longestResponse),
      noted: (flaws) => this.#note(flaws),
      hopeless: (why) => {
        if (why === 'endless') return this.#dismissEndless();
        this.#dismissForeign('octets that are no text');
      },
      data: () => this.#timeouts.begin(performance.now()),
      ended: () => this.#content?.abort('lost connection'),
    });
  }

  #closed(): void {
    const { log } = this.context.ports;
    // The client left before its name was found.
    if (!this.#announced) log(connected(this.#identity));
    if (!this.#saidGoodbye) log(lost(this.#identity, this.#where));
    if (this.#content !== undefined) this.#note(this.#content.notes);
    this.#content?.abort('lost connection');
    this.#answer(undefined, () => undefined);
    // The envelope takes memory until the queue is done with it.
    void this.#taken.then(() => this.dialog.reset());
    log(disconnected(this.#identity, this.#counts.toString(), this.#notes));
  }

  #onLine(command: Buffer, isLast: boolean, done: () => void): void {
    if (this.#answer(command, done)) return;
    const line = command.toString('latin1');
    const verb = verbOf(line);
    this.#afterDelay(verb, () => {
      // A client may not speak before its greeting. The library tells it so.
      if (!this.connection.isGreeted) return this.connection.dispatch(command, done);
      if (isForeign(line)) return this.#dismissForeign(line);
      if (!isLast && isLastOfGroup.has(verb) && this.context.options.forbidUnauthPipelining) {
        this.context.ports.log(outOfTurn(this.#identity, verb));
        return this.#hangUp('554 5.5.0 Error: SMTP protocol synchronization');
      }
      if (notImplemented.has(verb)) {
        this.#reply('502 5.5.1 Error: command not implemented');
        return done();
      }
      this.connection.dispatch(command, done);
    });
  }

  #onFlaw(flaw: LineFlaw, command: Buffer, done: () => void): void {
    const refuse = (): void => this.#reply(this.dialog.refuse(this.#stage, flawedCommandReplies[flaw]));
    if (this.#answered !== undefined) {
      refuse();
      this.#answer(undefined, done);
      return;
    }
    this.#afterDelay(verbOf(command.toString('latin1')), () => {
      refuse();
      done();
    });
  }

  /** Counts a command and serves it at once, late, or not at all, depending on the client's errors so far. */
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
    const { options, ports } = this.context;
    sleep(options.errorSleepTimeMs, undefined, { ref: false }).then(
      () => this.connection.isOpen && serve(),
      (error: unknown) => ports.log(bug(undefined, error)),
    );
  }

  /** Serves a command that has come in order. */
  #serve(verb: string, line: string, done: () => void): void {
    this.#next = done;
    const reply = commandHandlers[verb]?.(this, line);
    if (!(reply instanceof Promise)) return this.#served(reply);
    this.#owesReply = true;
    reply.then(
      (late) => {
        this.#owesReply = false;
        this.#timeouts.begin(performance.now());
        this.#served(late);
        if (this.#draining) this.drain();
      },
      (error: unknown) => {
        this.#owesReply = false;
        this.context.ports.log(bug(undefined, error));
        this.#served('451 4.3.0 Error: internal server error');
      },
    );
  }

  #served(reply: string | undefined): void {
    if (reply !== undefined && this.connection.isOpen) this.#reply(reply);
    this.#next();
  }

  /** Ends an exchange that waits for a line of the client. @returns whether there was one */
  #answer(line: Buffer | undefined, done: () => void): boolean {
    const answered = this.#answered;
    if (answered === undefined) return false;
    this.#answered = undefined;
    this.#next = done;
    this.#owesReply = line !== undefined;
    answered(line);
    return true;
  }

  #findName(): void {
    const { lookupClientName } = this.context.ports;
    const { address, isLocal } = this.#identity;
    if (isLocal || lookupClientName === undefined || address === '127.0.0.1') this.#greet(localName(address));
    else void clientName(address, lookupClientName).then((name) => this.#greet(name));
  }

  /** The handshake of TLS: what was known of the client before it is forgotten (RFC 3207 §4.2). */
  async #secure(greeting?: string): Promise<void> {
    const { ports } = this.context;
    const identity = this.#serverIdentity?.();
    if (!this.connection.isOpen || identity === undefined) return this.connection.destroy();
    const socket = this.connection.release();
    this.#isShakingHands = true;
    this.#timeouts.begin(performance.now());
    const accepted = await acceptTls(socket, identity);
    this.#isShakingHands = false;
    this.#timeouts.begin(performance.now());
    if (accepted.kind === 'failed') {
      ports.log(tlsFailed(this.#identity, accepted.reason));
      return this.connection.destroy();
    }
    const { tls } = accepted;
    // The certificate is that of whoever is connected, which may speak for somebody else since XCLIENT.
    const certificateMayRelay = accepted.certificateMayRelay && this.#identity.isSpokenFor !== true;
    this.identify({ ...withoutLogin(this.#identity), tls, certificateMayRelay });
    ports.log(tlsEstablished(this.#identity, tls));
    this.dialog.forget();
    this.connection.resume(accepted.socket, () => this.connection.greet(greeting));
    if (this.#draining) this.drain();
  }

  #greet(name: string): void {
    if (!this.connection.isOpen) return;
    const { ports } = this.context;
    this.identify({ ...this.#identity, name });
    ports.log(connected(this.#identity));
    this.#announced = true;
    const greeting = this.greeting();
    if (!greeting.startsWith('2')) return this.#hangUp(greeting);
    if (this.listener.tls === 'implicit') return void this.#secure(greeting);
    this.connection.greet(greeting);
  }

  greeting(): string {
    const { options, ports } = this.context;
    const refusal = this.#seat.refusal();
    if (refusal === undefined) return `220 ${options.hostname} ESMTP dane-relay`;
    const reply = `421 4.7.0 ${options.hostname} Error: ${refusal}`;
    ports.log(rejected(this.#identity, { queueId: undefined, stage: 'CONNECT', reply }));
    return reply;
  }

  #answerData(reply: string | undefined, resume: () => void): void {
    this.#owesReply = false;
    this.#timeouts.messageEnds(performance.now());
    this.dialog.dataEnded(reply);
    if (reply?.startsWith('2')) this.#errors.delivered();
    if (reply !== undefined) this.#reply(reply);
    if (this.#draining) this.drain();
    else resume();
  }

  #note(flaws: Iterable<LineFlaw>): void {
    for (const flaw of flaws) this.#notes.add(flaw);
  }

  get #where(): string {
    return this.#content ? `DATA (${this.#content.receivedBytes} bytes)` : this.#stage;
  }

  /** Turns away a client whose line has no end (RFC 4954 §4: 500 5.5.6 in the midst of AUTH). */
  #dismissEndless(): void {
    this.#counts.failed();
    this.#hangUp(
      this.#answered === undefined
        ? '421 4.7.0 % Error: Command line too long'
        : '500 5.5.6 SASL response limit exceeded',
    );
  }

  /** Turns away a browser, TLS without STARTTLS, or anything else that is not SMTP. @param said in octets of latin1 */
  #dismissForeign(said: string): void {
    this.context.ports.log(foreign(this.#identity, said));
    this.#counts.failed();
    this.#hangUp('421 4.7.0 % Error: this is SMTP');
  }

  /** Replies to the last command. @param text complete reply without the last CRLF */
  #reply(text: string): void {
    if (text >= '4') {
      this.#errors.refused(text);
      this.#counts.failed();
    }
    this.#write(text);
  }

  /** Sends a last reply and closes. `%` stands for our name. */
  #hangUp(text: string): void {
    this.#write(text.replace('%', this.context.options.hostname), true);
    // In the midst of a handshake nothing can be said.
    if (!this.connection.isReading) this.connection.destroy();
  }

  /** Writes as long as the client may read, even if it sends no more. */
  #write(text: string, isLast = /^[24]21/.test(text)): void {
    if (!this.connection.write(text)) return;
    this.#saidGoodbye ||= isLast;
    if (this.#saidGoodbye) this.connection.close();
  }
}
