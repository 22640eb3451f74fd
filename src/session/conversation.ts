import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { isPositive, ReplyParser, type Reply } from '../core/smtp/reply.ts';
import type { WireTrouble } from '../core/smtp/verdict.ts';
import { Deadline } from './deadline.ts';
import { networkErrorText } from './network-trouble.ts';
import { Refused, type RecordQuota } from '../tls/record-quota.ts';
import type { SessionNotes } from './session-notes.ts';
import { isShortage } from './shortage.ts';

/** Longest time that a connection lingers in the background after QUIT, whatever the setting: nothing depends on it. */
const longestQuitMs = 5_000;

/** Number of replies that answer nothing after which the relay stops listening. */
const mostUnasked = 20;

const quitCommand = 'QUIT\r\n';

/** The connection below a TLS socket. */
export interface Below {
  /** The TCP connection. */
  readonly connection: Socket;
  readonly quota: Pick<RecordQuota, 'renew'>;
}

/**
 * Commands out, replies in, over one socket. The first trouble ends it: the socket is destroyed, and every
 * wait returns that trouble. Replies that came before it can still be taken.
 */
export class Conversation {
  readonly #socket: Socket;
  /** The TCP connection below, where `#socket` is TLS. */
  readonly #connection: Socket;
  readonly #quota: Below['quota'] | undefined;
  readonly #notes: SessionNotes;
  readonly #parser = new ReplyParser();
  readonly #deadline = new Deadline(() => this.fail({ kind: 'timeout' }));
  /** For a whole transaction. */
  readonly #whole = new Deadline(() => this.fail({ kind: 'timeout' }));
  /** For something that the server has no part in. */
  readonly #patience = new Deadline(() => this.#ended?.('late'));
  readonly #replies: Reply[] = [];
  /** Number of replies that the server still owes, those in `#replies` included. */
  #owed: number;
  #early: Reply | undefined;
  /** Replies that answer nothing. */
  #unasked = 0;
  #trouble: WireTrouble | undefined;
  /** Is called once, at the next event. */
  #wake: (() => void) | undefined;
  /** Is called on trouble, and when a deadline has passed. */
  #ended: ((how: WireTrouble | 'late') => void) | undefined;

  /** Whether it goes over TLS. */
  readonly secure: boolean;

  /** `owed` is the number of replies the server gives unasked: 1 where a greeting is to come. `below` is what TLS goes over. */
  constructor(socket: Socket, owed: number, notes: SessionNotes, below?: Below) {
    this.#socket = socket;
    this.#connection = below?.connection ?? socket;
    this.#quota = below?.quota;
    this.#notes = notes;
    this.secure = socket instanceof TLSSocket;
    this.#owed = owed;
    socket.on('data', this.#onData);
    socket.on('drain', this.#onEvent);
    socket.on('end', this.#onLost);
    socket.on('error', this.#onError);
    socket.on('close', this.#onLost);
  }

  get trouble(): WireTrouble | undefined {
    return this.#trouble;
  }

  /** Where the connection comes from; the unspecified address once it is gone. */
  get localAddress(): string {
    return this.#connection.localAddress ?? '0.0.0.0';
  }

  /** The connection was lost or the server fell silent, and not because this machine ran out of something. */
  get broke(): boolean {
    const trouble = this.#trouble;
    return trouble?.kind === 'timeout' || (trouble?.kind === 'lost' && trouble.shortage === undefined);
  }

  /** A reply that answers nothing we said. The first one is kept, what follows it is dropped. */
  get early(): Reply | undefined {
    return this.#early;
  }

  /** The same, but only while none of our commands waits for a reply. */
  get excess(): Reply | undefined {
    return this.#owed === 0 ? this.#early : undefined;
  }

  /** First line of what the server has sent since the last call that is no reply. */
  takeStray(): string | undefined {
    return this.#parser.takeStray();
  }

  /** Nothing went wrong, and the server sent only replies that it owes, none of them negative. */
  get sound(): boolean {
    return (
      this.#trouble === undefined &&
      this.#early === undefined &&
      (this.#owed > this.#replies.length || this.#parser.idle) &&
      this.#replies.every(isPositive)
    );
  }

  /**
   * Writes. The server then owes `replies` more. Returns false when the socket takes no more for now (see `drained`).
   */
  send(data: string | Buffer, replies: number): boolean {
    this.#owed += replies;
    if (this.#trouble !== undefined) return true;
    this.#notes.sent(data, this.secure);
    return this.#socket.write(data);
  }

  /** What is sent from now until the work at hand is done goes out together: in one record of TLS, in one call. */
  gather(): void {
    if (this.#trouble !== undefined) return;
    this.#socket.cork();
    process.nextTick(this.#uncork);
  }

  /** Sends commands of a message that is told of to nobody before what is still owed has come. */
  sendAhead(commands: string, replies: number): void {
    this.#notes.ahead(this.#owed - this.#replies.length);
    this.send(commands, replies);
  }

  /** The next reply, or why there is none. One deadline covers the whole reply, however slowly it comes. */
  reply(timeoutMs: number): Reply | WireTrouble | Promise<Reply | WireTrouble> {
    return this.#take() ?? this.#waitForReply(timeoutMs);
  }

  /**
   * Resolves when there is room to write on, or no point in it because of trouble or an early reply. Returns the
   * milliseconds that this took.
   */
  async drained(timeoutMs: number): Promise<number> {
    const since = performance.now();
    this.#deadline.arm(timeoutMs);
    while (this.#socket.writableNeedDrain && this.#trouble === undefined && this.#early === undefined) {
      await this.#event();
    }
    this.#deadline.disarm();
    return performance.now() - since;
  }

  /** From now on the conversation ends after this time, however it goes on. */
  limit(wholeMs: number): void {
    if (this.#trouble === undefined) this.#whole.arm(wholeMs);
  }

  unlimit(): void {
    this.#whole.disarm();
  }

  /**
   * The result of `promise`, unless trouble comes first; `late` after the given time. What is waited for is ours and
   * not the server's, so the conversation goes on.
   */
  unlessTrouble<T>(promise: Promise<T>, patienceMs: number): Promise<T | WireTrouble | 'late'> {
    return new Promise((resolve, reject) => {
      if (this.#trouble === undefined) this.#patience.arm(patienceMs);
      else resolve(this.#trouble);
      this.#ended = resolve;
      promise.then(
        (value) => {
          this.#patience.disarm();
          resolve(value);
        },
        (error: unknown) => {
          this.#patience.disarm();
          reject(error);
        },
      );
    });
  }

  fail(trouble: WireTrouble): void {
    if (this.#trouble !== undefined) return;
    this.#trouble = trouble;
    this.#stopTimers();
    this.#socket.destroy();
    this.#ended?.(trouble);
    this.#onEvent();
  }

  /** Sends QUIT and does not wait for the reply (RFC 5321 §4.1.1.10). */
  quit(timeoutMs: number): void {
    if (this.#trouble !== undefined) return;
    this.#trouble = { kind: 'lost' };
    this.#stopTimers();
    this.#notes.sent(quitCommand, this.secure);
    this.#socket.end(quitCommand);
    const timer = setTimeout(() => this.#socket.destroy(), Math.min(timeoutMs, longestQuitMs));
    this.#socket.once('close', () => clearTimeout(timer));
    // A server that does not hang up must not delay a relay that stops.
    timer.unref();
    this.#connection.unref();
    this.#onEvent();
  }

  /**
   * Hands the socket over to a TLS handshake. What the server sent too much in clear is dropped with this conversation
   * (RFC 3207 §4.2); returns true if there was any.
   */
  release(): { readonly socket: Socket; readonly excess: boolean } {
    const excess = !this.sound || this.takeStray() !== undefined;
    this.#trouble = { kind: 'lost' };
    this.#stopTimers();
    this.#socket.off('data', this.#onData);
    this.#socket.off('drain', this.#onEvent);
    this.#socket.off('end', this.#onLost);
    this.#socket.off('close', this.#onLost);
    // The listener for errors stays: one without a listener would end the process.
    return { socket: this.#socket, excess };
  }

  #stopTimers(): void {
    this.#deadline.stop();
    this.#whole.stop();
    this.#patience.stop();
  }

  #take(): Reply | WireTrouble | undefined {
    const reply = this.#replies.shift();
    if (reply === undefined) return this.#trouble;
    this.#owed -= 1;
    return reply;
  }

  async #waitForReply(timeoutMs: number): Promise<Reply | WireTrouble> {
    this.#deadline.arm(timeoutMs);
    for (;;) {
      await this.#event();
      const taken = this.#take();
      if (taken === undefined) continue;
      this.#deadline.disarm();
      return taken;
    }
  }

  #event(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  readonly #uncork = (): void => this.#socket.uncork();

  readonly #onEvent = (): void => {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  };

  readonly #onLost = (): void => this.fail({ kind: 'lost' });

  readonly #onError = (error: NodeJS.ErrnoException): void => {
    if (error instanceof Refused) {
      this.fail({ kind: 'garbage', text: error.message });
      return;
    }
    const isOurs = isShortage(error, this.#connection.remoteAddress ?? '');
    this.fail({ kind: 'lost', ...(isOurs && { shortage: networkErrorText(error) }) });
  };

  readonly #onData = (chunk: Buffer): void => {
    if (this.#trouble !== undefined) return;
    const garbage = this.#parser.feed(chunk, this.#file);
    if (garbage !== undefined) this.fail(garbage);
    else this.#onEvent();
  };

  /** Returns false when there is no point in sending more. */
  readonly #file = (reply: Reply): boolean => {
    this.#notes.heard(reply, this.secure);
    if (this.#replies.length < this.#owed) {
      this.#replies.push(reply);
      this.#quota?.renew();
      return true;
    }
    this.#early ??= reply;
    this.#unasked += 1;
    if (this.#unasked <= mostUnasked) return true;
    this.fail({ kind: 'garbage', text: `more than ${mostUnasked} replies that answer nothing` });
    return false;
  };
}

export function isTrouble(answer: Reply | WireTrouble): answer is WireTrouble {
  return 'kind' in answer;
}
