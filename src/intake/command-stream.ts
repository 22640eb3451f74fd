import type { Socket } from 'node:net';
import { SMTPStream } from 'smtp-server/lib/smtp-stream';
import { cutCommandLine } from '../core/intake/command-line.ts';
import type { Content } from './content.ts';
import type { Flaw } from '../core/intake/data-decoder.ts';

/** So many commands of one segment are served before anybody else gets a turn. */
const commandsAtOnce = 100;

/** What a session hears of the octets of its client. `done` asks for the next. */
export interface CommandListener {
  /** @param isLast nothing has come behind it yet */
  readonly command: (command: Buffer, isLast: boolean, done: () => void) => void;
  readonly flawed: (flaw: Flaw, command: Buffer, done: () => void) => void;
  /** This is no client of ours: nothing more is read. */
  readonly hopeless: (why: 'endless' | 'foreign') => void;
}

/** The library's stream for the octets of a session, with commands cut as strictly as the content of messages. */
export class CommandStream extends SMTPStream {
  readonly #socket: Pick<Socket, 'cork' | 'uncork'>;
  readonly #listener: CommandListener;
  #data: { readonly content: Content; readonly ended: (resume: () => void) => void } | undefined;
  /** The beginning of a command line. */
  #kept: Buffer = Buffer.alloc(0);
  /** The client has sent all it will, and all of it was served. */
  oninputend: () => void = () => undefined;
  /** Octets of DATA have come. */
  ondata: () => void = () => undefined;

  constructor(socket: Pick<Socket, 'cork' | 'uncork'>, listener: CommandListener) {
    super({});
    this.#socket = socket;
    this.#listener = listener;
  }

  /**
   * Turns what comes next into the content of a message. Resolves at the end of DATA with a function that goes on with
   * the commands behind it; never, if the client does not get there.
   */
  receive(content: Content): Promise<() => void> {
    this._dataMode = true;
    return new Promise((ended) => {
      this.#data = { content, ended };
    });
  }

  override _write(
    chunk: Buffer,
    _encoding: BufferEncoding | 'buffer',
    next: (error?: Error | null) => void,
  ): void {
    const octets = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = Buffer.alloc(0);
    this.#serve(octets, next);
  }

  /** Obeys one command after the other; in a loop, since most are answered at once. */
  #serve(octets: Buffer, next: (error?: Error | null) => void): void {
    let rest = octets;
    let served = 0;
    let isBusy = false;
    let isAsked = true;
    const goOn = (): void => {
      isAsked = true;
      if (isBusy) return;
      isBusy = true;
      // Answers to commands that came in one segment go in one segment (RFC 2920 §3.2).
      this.#socket.cork();
      try {
        while (isAsked) {
          if (this.isClosed) return next();
          if (this._dataMode) return this._feedDataStream(rest, next);
          if (served === commandsAtOnce) {
            served = 0;
            setImmediate(goOn);
            return;
          }
          served += 1;
          isAsked = false;
          const line = cutCommandLine(rest);
          if (line.kind === 'open') {
            this.#kept = Buffer.from(line.kept);
            return next();
          }
          if (line.kind === 'endless' || line.kind === 'foreign') return this.#listener.hopeless(line.kind);
          rest = line.rest;
          if (line.kind === 'flawed') this.#listener.flawed(line.flaw, line.command, goOn);
          else this.#listener.command(line.command, rest.length === 0, goOn);
        }
      } finally {
        isBusy = false;
        this.#socket.uncork();
      }
    };
    goOn();
  }

  override _feedDataStream(chunk: Buffer, done: (error?: Error | null) => void): void {
    const data = this.#data;
    if (data === undefined) return done();
    this.ondata();
    const rest = data.content.feed(chunk);
    if (rest === undefined) return data.content.chunks.whenRoom(done);
    this.#data = undefined;
    this._dataMode = false;
    data.ended(() => this._write(rest, 'buffer', done));
  }

  /** The library would run half a command line that the client did not finish. */
  override _flushData(): void {
    this.oninputend();
  }
}
