import type { Socket } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { SMTPConnection } from 'smtp-server/lib/smtp-connection';
import { SMTPStream } from 'smtp-server/lib/smtp-stream';

/** Takes the octets of a client in the order in which they come. */
export interface OctetReader {
  /** Takes some octets. No more come until `next` is called. */
  readonly read: (octets: Buffer, next: () => void) => void;
  /** The client has sent its last octet, and read() has had all of them. */
  readonly ended: () => void;
}

/** The octets of a client, as long as they count. */
export interface ConnectionInput {
  /** True once nothing that still comes may be served: the session ends, or TLS has begun. */
  readonly isClosed: boolean;
}

/** What a session hears from its connection. */
export interface ConnectionEvents {
  /**
   * Makes the reader of the octets that come from now on. It serves no command once `input.isClosed`. TLS asks for another
   * one, so that nothing said before it is kept.
   */
  readonly createReader: (input: ConnectionInput) => OctetReader;
  /** Whether the session serves this command. @param verb in upper case */
  readonly isServed: (verb: string) => boolean;
  /** Serves a command that has come in order. `done` asks for the next one. */
  readonly serve: (verb: string, line: string, done: () => void) => void;
  /** Sends a reply of the library's own. @param reply without CRLF */
  readonly reply: (reply: string) => void;
  /** The connection is gone. Is called once. */
  readonly closed: () => void;
}

export interface ConnectionOptions {
  /** Our name in the library's replies. */
  readonly hostname: string;
  /** Is told of an exception that a command met with. The client gets a 451. */
  readonly bug: (error: unknown) => void;
}

/** Makes a connection of an accepted socket. */
export type OpenConnection = (socket: Socket, events: ConnectionEvents) => ClientConnection;

/** Characters of replies that are held back: a client that does not read is to be noticed by its socket. */
const mostHeld = 16_384;

/** With so many octets that the reader is at, or that wait for it, the socket has to wait. */
const mostUnread = 16_384;

/**
 * One client and its socket. Only this file knows smtp-server. test/support/smtp-server/members.ts lists what it uses of
 * the library, and decision 45 says what the library does for us.
 *
 * Each of the sockets of a client, the plain one and that of TLS, gets a connection of the library of its own: so nothing
 * that was said on the one can count on the other (RFC 3207 §4.2).
 */
export class ClientConnection {
  readonly #create: (socket: Socket) => LibraryConnection;
  readonly #closed: () => void;
  #socket: Socket;
  /** Absent while nobody reads: before the beginning, and during a handshake. */
  #library: LibraryConnection | undefined;
  #isGone = false;
  #isEnding = false;
  /** Replies that wait for uncork(). */
  #held = '';
  #isCorked = false;

  constructor(socket: Socket, create: (socket: Socket) => LibraryConnection, closed: () => void) {
    this.#create = create;
    this.#closed = closed;
    this.#socket = socket;
    this.#watch(socket);
  }

  /** The session has not ended. */
  get isOpen(): boolean {
    return !this.#isGone && !this.#isEnding;
  }

  /** What the client sends is read. It is not before the beginning, and during a handshake. */
  get isReading(): boolean {
    return this.#library !== undefined;
  }

  /** The client may send commands. */
  get isGreeted(): boolean {
    return this.#library?._ready === true;
  }

  /** Begins to read, without the library's pause of 100 ms and its reverse lookup. @param opened greets the client */
  open(opened: () => void): void {
    if (this.#isGone) return;
    this.#library = this.#create(this.#socket);
    this.#library._setListeners(opened);
  }

  /**
   * Gives the socket away for a handshake of TLS, with what waits to be written and without listeners. Nothing that the
   * client has said on it, read or unread, counts from now on. resume() follows, or the end.
   */
  release(): Socket {
    const socket = this.#socket;
    this.uncork();
    this.#library?.retire();
    this.#library = undefined;
    socket.removeAllListeners();
    this.#watch(socket);
    return socket;
  }

  /** Goes on with the socket of TLS, as open(). */
  resume(socket: Socket, opened: () => void): void {
    if (this.#isGone || this.#isEnding || socket.destroyed) {
      socket.destroy();
      this.#socket.destroy();
      return;
    }
    this.#socket = socket;
    this.#watch(socket);
    this.open(opened);
  }

  /** Commands are served from now on. @param reply the greeting; undefined for a client that was greeted before TLS */
  greet(reply: string | undefined): void {
    if (this.#library === undefined) return;
    this.#library._ready = true;
    if (reply !== undefined) this.write(reply);
  }

  /** The client has said HELO or EHLO, and may send mail. */
  acceptHelo(name: string): void {
    if (this.#library !== undefined) this.#library.hostNameAppearsAs = name;
  }

  /** The client is somebody else, and has not said HELO. */
  forgetHelo(): void {
    if (this.#library !== undefined) this.#library.hostNameAppearsAs = false;
  }

  /**
   * Passes a command line to ConnectionEvents.serve() if it is in order; if not, the library answers it. `done` asks for
   * the next one, after the client has read its replies.
   */
  dispatch(line: Buffer, done: () => void): void {
    if (this.#library === undefined) return;
    // Errors are counted by ClientErrors. The library's own limit is lower.
    this.#library._unrecognizedCommands = 0;
    this.#library._onCommand(line, done);
  }

  /** Writes a reply, even to a client that sends no more. @returns false if the client cannot read it */
  write(reply: string): boolean {
    // In the midst of a handshake there is nobody to read it.
    if (this.#library === undefined || !this.#socket.writable) return false;
    this.#held += `${reply}\r\n`;
    if (!this.#isCorked || this.#held.length > mostHeld) this.#flush();
    return true;
  }

  /** Holds replies back until uncork(), so that they leave in one write and one segment. */
  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.#flush();
  }

  /** Ends our side and reads no more commands. A client that does not end its own side within five seconds is cut off. */
  close(): void {
    this.#isEnding = true;
    this.#flush();
    if (this.#library === undefined) this.#socket.destroy();
    else this.#library.close();
  }

  /** Cuts the connection. */
  destroy(): void {
    this.#socket.destroy();
  }

  #flush(): void {
    if (this.#held === '') return;
    const replies = this.#held;
    this.#held = '';
    this.#socket.write(replies);
  }

  #watch(socket: Socket): void {
    // A socket that fails is closed next.
    socket.on('error', () => {});
    socket.once('close', () => {
      if (socket === this.#socket) this.#gone();
    });
  }

  #gone(): void {
    if (this.#isGone) return;
    this.#isGone = true;
    this.#closed();
  }
}

/** Sets the library up once for all connections. Its own listener stays unused. */
export function createConnections({ hostname, bug }: ConnectionOptions): OpenConnection {
  // hideSTARTTLS prevents a warning about the library's own certificate; authOptional lets mail in without AUTH.
  const server = new SMTPServer({
    name: hostname,
    hideSTARTTLS: true,
    authOptional: true,
    hideENHANCEDSTATUSCODES: false,
  });
  // When a command handler throws, the library answers 451 and tells only its logger why.
  server.logger.error = (entry: unknown) =>
    bug(typeof entry === 'object' && entry !== null && 'err' in entry ? entry.err : entry);
  let count = 0;
  return (socket, events) => {
    count += 1;
    const id = `${count}`;
    socket.setNoDelay(true);
    return new ClientConnection(
      socket,
      (current) => new LibraryConnection({ server, socket: current, id }, events),
      events.closed,
    );
  };
}

/** Our own address, which nobody asks the library for: it would ask the kernel. */
const nowhere = { localAddress: '0.0.0.0', localPort: 25 };

interface LibrarySocket {
  readonly server: SMTPServer;
  readonly socket: Socket;
  /** Without one the library draws a random one. */
  readonly id: string;
}

class LibraryConnection extends SMTPConnection {
  /** Absent while the constructor of the library runs. */
  readonly #events: ConnectionEvents;

  constructor({ server, socket, id }: LibrarySocket, events: ConnectionEvents) {
    super(server, socket, { id, ...nowhere });
    this.#events = events;
  }

  /** Reads no more, and serves nothing of what it has read. */
  retire(): void {
    // What the library calls when its socket is gone: it takes its parser off it, for good.
    this._onClose();
  }

  /** The library calls this in its constructor. */
  override _createParser(): SMTPStream {
    return new LibraryParser((input) => this.#createReader(input));
  }

  /** Every octet resets the idle timer of the library. ClientTimeouts replaces it. */
  override _armTimeout(): void {}

  /** A socket that fails is closed next, which _onClose() reports. */
  override _onError(): void {}

  override _getHandler(verb: string): ReturnType<SMTPConnection['_getHandler']> {
    if (!this.#events.isServed(verb)) return undefined;
    return (line: Buffer, done: () => void) => this.#events.serve(verb, line.toString(), done);
  }

  /** The library's own replies: 421 before the greeting, 500 to no command, 503 to mail before HELO, 451 for a bug. */
  override send(code: number, data?: string | string[] | null): void {
    // The library's table of enhanced codes takes every 421 for a timeout.
    const prefix = code === 421 ? `4.7.0 ${this.name} Error:` : this._getEnhancedStatusCode(code);
    this.#events.reply(`${code} ${prefix} ${[data ?? ''].flat().join(' ').replace(`${this.name} `, '')}`);
  }

  #createReader(input: LibraryParser): OctetReader {
    const { read, ended } = this.#events.createReader(input);
    return {
      read,
      ended: () => {
        ended();
        this._socket.end();
      },
    };
  }
}

/**
 * Passes the octets on. The library would cut them into lines, and take a bare LF for the end of one. It is the end of a pipe:
 * write() says whether there is room for more.
 */
class LibraryParser extends SMTPStream {
  readonly #createReader: (input: LibraryParser) => OctetReader;
  #reader: OctetReader | undefined;
  /** What the reader has not taken yet. */
  readonly #unread: Buffer[] = [];
  /** Octets of that. */
  #unreadBytes = 0;
  /** Octets that the reader is at; it has not asked for more. */
  #readBytes = 0;
  #isPassing = false;
  /** write() has said that there is no room. */
  #isFull = false;
  /** Nothing comes any more. */
  #isLast = false;

  constructor(createReader: (input: LibraryParser) => OctetReader) {
    super({});
    this.#createReader = createReader;
  }

  override write(octets: Buffer): boolean {
    this.#unread.push(octets);
    this.#unreadBytes += octets.length;
    this.#pass();
    this.#isFull = this.#readBytes + this.#unreadBytes >= mostUnread;
    return !this.#isFull;
  }

  override end(): this {
    this.#isLast = true;
    this.#pass();
    return this;
  }

  /** In a loop: the reader may ask for more before it returns. */
  #pass(): void {
    if (this.#isPassing) return;
    this.#isPassing = true;
    for (;;) {
      const octets = this.#readBytes > 0 ? undefined : this.#unread.shift();
      if (octets === undefined) break;
      this.#unreadBytes -= octets.length;
      this.#readBytes = octets.length;
      this.#opened.read(octets, this.#next);
    }
    this.#isPassing = false;
    if (this.#readBytes > 0) return;
    const wasFull = this.#isFull;
    // Whoever hears of the room may fill it at once.
    this.#isFull = false;
    if (this.#isLast) super.end();
    else if (wasFull) this.emit('drain');
  }

  readonly #next = (): void => {
    this.#readBytes = 0;
    this.#pass();
  };

  /** The library would serve a command line that the client did not finish. */
  override _flushData(): void {
    this.#opened.ended();
  }

  get #opened(): OctetReader {
    return (this.#reader ??= this.#createReader(this));
  }
}
