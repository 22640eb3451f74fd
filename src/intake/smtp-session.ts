import type { Socket } from 'node:net';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import type { SMTPServer } from 'smtp-server';
import { clientName, localName } from './client-name.ts';
import { CommandCounts } from './command-counts.ts';
import { CommandStream } from './command-stream.ts';
import type { Content } from './content.ts';
import type { House } from './house.ts';
import { connected, disconnected, lost, type Peer, rejected, timedOut } from './log-lines.ts';
import { MailDialog } from './mail-dialog.ts';
import { type Incoming, takeOver } from './take-over.ts';

/** The commands there are. The library has more: XCLIENT, and jokes that answer 200. */
const verbs = new Set([
  'HELO',
  'EHLO',
  'STARTTLS',
  'AUTH',
  'MAIL',
  'RCPT',
  'DATA',
  'RSET',
  'NOOP',
  'VRFY',
  'QUIT',
]);

/** Postfix smtpd_hard_error_limit: refused commands since the last message before a client is sent away. */
const hardErrorLimit = 20;

/** One client. The library cuts its octets into commands and sends the replies; what they say is Postfix's. */
export class SmtpSession extends SMTPConnection {
  readonly #house: House;
  readonly #counts = new CommandCounts();
  #peer: Peer;
  #dialog: MailDialog;
  /** From DATA to the end of the message. */
  #content: Content | undefined;
  /** From the end of the message to our reply. */
  #owesReply = false;
  /** Last command in the words of the log. */
  #stage = 'CONNECT';
  #errors = 0;
  #announced = false;
  #saidGoodbye = false;
  #draining = false;
  /** Since when it is the client's turn, on the clock of performance.now(). */
  #waitingSince = performance.now();

  constructor(server: SMTPServer, socket: Socket, id: string, house: House) {
    // With an id the library draws no random one.
    super(server, socket, { id });
    this.#house = house;
    this.#peer = { name: 'unknown', address: this.remoteAddress };
    this.#dialog = new MailDialog(house, this.#peer);
  }

  /** Begins without the library's pause of 100 ms and its reverse lookup. */
  override init(): void {
    this._setListeners(() => {
      const { lookupClientName } = this.#house.ports;
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
    if (this.#content?.chunks.ready) this.#waitingSince = now;
    if (this._closing || this.#owesReply || now - this.#waitingSince < this.#house.options.timeoutMs) return;
    this.#house.ports.log(timedOut(this.#peer, this.#where));
    this.#content?.abort('timeout');
    this.#hangUp('421 4.4.2 % Error: timeout exceeded');
  }

  override _createParser(): CommandStream {
    const stream = new CommandStream(this._socket);
    stream.oncommand = (command, done) => this._onCommand(command, done);
    stream.ondata = () => {
      this.#waitingSince = performance.now();
    };
    stream.oninputend = () => {
      this.#content?.abort('lost connection');
      if (!this._closing) this._socket.end();
    };
    stream.on('error', (error) => this.#hangUp(`421 4.7.0 % Error: ${error.message}`));
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
    const { log } = this.#house.ports;
    // Gone before its name was found.
    if (!this.#announced) log(connected(this.#peer));
    if (!this.#saidGoodbye) log(lost(this.#peer, this.#where));
    this.#content?.abort('lost connection');
    log(disconnected(this.#peer, this.#counts.toString()));
  }

  override _onCommand(command: Buffer, done: () => void = () => undefined): void {
    const verb = /^[a-z]{1,10}/i.exec(command.toString('latin1', 0, 10))?.[0].toUpperCase() ?? '';
    this.#stage = verbs.has(verb) ? verb : 'UNKNOWN';
    this.#counts.begin(verb);
    this.#waitingSince = performance.now();
    // The library's own limit counts less.
    this._unrecognizedCommands = 0;
    if (this.#errors < hardErrorLimit) return super._onCommand(command, done);
    this.#counts.failed();
    this.#hangUp('421 4.7.0 % Error: too many errors');
  }

  override _getHandler(verb: string): ReturnType<SMTPConnection['_getHandler']> {
    return verbs.has(verb) ? super._getHandler(verb) : undefined;
  }

  /** The library's own replies: to HTTP (421), to what is no command (500), to mail before HELO (503), of a bug (451). */
  override send(code: number, data?: string | string[] | null): void {
    // Its table of enhanced codes takes every 421 for a timeout.
    const prefix = code === 421 ? `4.7.0 ${this.name} Error:` : this._getEnhancedStatusCode(code);
    this.#reply(`${code} ${prefix} ${[data ?? ''].flat().join(' ').replace(`${this.name} `, '')}`);
  }

  override handler_EHLO(command: Buffer, done: () => void): void {
    const { hostname, messageSizeLimitBytes } = this.#house.options;
    if (this.#hello(command, true)) {
      const size = `SIZE ${messageSizeLimitBytes}`;
      const lines = [hostname, 'PIPELINING', size, 'ENHANCEDSTATUSCODES', '8BITMIME', 'DSN'];
      this.#reply(`${lines.map((line) => `250-${line}\r\n`).join('')}250 SMTPUTF8`);
    }
    done();
  }

  override handler_HELO(command: Buffer, done: () => void): void {
    if (this.#hello(command, false)) this.#reply(`250 ${this.#house.options.hostname}`);
    done();
  }

  override handler_MAIL(command: Buffer, done: () => void): void {
    this.#reply(this.#dialog.mail(command.toString()));
    done();
  }

  override handler_RCPT(command: Buffer, done: () => void): void {
    this.#reply(this.#dialog.rcpt(command.toString()));
    done();
  }

  override handler_DATA(command: Buffer, done: () => void): void {
    const incoming = command.length > 4 ? '501 5.5.4 Syntax: DATA' : this.#dialog.data();
    if (typeof incoming === 'string') this.#reply(incoming);
    else this.#receive(incoming);
    done();
  }

  override handler_RSET(_command: Buffer, done: () => void): void {
    this.#dialog.reset();
    this.#reply('250 2.0.0 Ok');
    done();
  }

  override handler_NOOP(_command: Buffer, done: () => void): void {
    this.#reply('250 2.0.0 Ok');
    done();
  }

  /** RFC 5321 §3.5.3: 252 says nothing. */
  override handler_VRFY(_command: Buffer, done: () => void): void {
    this.#reply('252 2.0.0 Cannot VRFY user, but will accept message and attempt delivery');
    done();
  }

  override handler_STARTTLS(_command: Buffer, done: () => void): void {
    this.#reply('502 5.5.1 Error: command not implemented');
    done();
  }

  override handler_AUTH(_command: Buffer, done: () => void): void {
    this.#reply('503 5.5.1 Error: authentication not enabled');
    done();
  }

  override handler_QUIT(_command: Buffer, done: () => void): void {
    this.#reply('221 2.0.0 Bye');
    done();
  }

  #greet(name: string): void {
    if (this._closing || this._closed) return;
    const { options, ports } = this.#house;
    this.#peer = { name, address: this.remoteAddress };
    this.#dialog = new MailDialog(this.#house, this.#peer);
    ports.log(connected(this.#peer));
    this.#announced = true;
    if (this._server.connections.size > options.clientLimit) {
      const reply = `421 4.7.0 ${options.hostname} Error: too many connections`;
      ports.log(rejected(this.#peer, { queueId: undefined, stage: 'CONNECT', reply }));
      this.#hangUp(reply);
      return;
    }
    this._ready = true;
    this.#reply(`220 ${options.hostname} ESMTP dane-relay`);
  }

  #hello(command: Buffer, extended: boolean): boolean {
    const name = command.toString().slice(5).trim();
    if (name === '') {
      this.#reply(`501 Syntax: ${extended ? 'EHLO' : 'HELO'} hostname`);
      return false;
    }
    // The library wants a name here before it serves MAIL.
    this.hostNameAppearsAs = name;
    this.#dialog.hello(name, extended);
    return true;
  }

  #receive(incoming: Incoming): void {
    const stream = this._parser;
    if (!(stream instanceof CommandStream)) return;
    const { ports, underWay } = this.#house;
    this.#content = incoming.content;
    const ended = stream.receive(incoming.content).then((resume) => {
      this.#content = undefined;
      this.#owesReply = true;
      this.#stage = 'END-OF-MESSAGE';
      return resume;
    });
    const answer = takeOver(incoming, ports.accept, ports.log);
    underWay.add(answer);
    void answer.then(() => underWay.delete(answer));
    void Promise.all([answer, ended]).then(([reply, resume]) => this.#answerData(reply, resume));
    this.#reply('354 End data with <CR><LF>.<CR><LF>');
  }

  #answerData(reply: string | undefined, resume: () => void): void {
    this.#owesReply = false;
    this.#waitingSince = performance.now();
    this.#dialog.dataEnded(reply);
    if (reply?.startsWith('2')) this.#errors = 0;
    if (reply !== undefined) this.#reply(reply);
    if (this.#draining) this.drain();
    else resume();
  }

  get #where(): string {
    return this.#content ? `DATA (${this.#content.receivedBytes} bytes)` : this.#stage;
  }

  /** Answers the last command. @param text complete reply without the last CRLF */
  #reply(text: string): void {
    if (text >= '4') {
      // RFC 5321 §4.5.3.1.10: one recipient too many is no error of the client, which sends the others later.
      if (!text.startsWith('452')) this.#errors += 1;
      this.#counts.failed();
    }
    this.#write(text);
  }

  /** Sends a 421 that answers no command, and closes. `%` is our name. */
  #hangUp(text: string): void {
    this.#write(text.replace('%', this.name));
  }

  /** Writes as long as the client may read, even if it sends no more. */
  #write(text: string): void {
    if (!this._socket.writable) return;
    this._socket.write(`${text}\r\n`);
    this.#saidGoodbye ||= text.startsWith('221') || text.startsWith('421');
    if (this.#saidGoodbye) this.close();
  }
}
