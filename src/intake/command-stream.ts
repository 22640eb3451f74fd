import type { Socket } from 'node:net';
import { SMTPStream } from 'smtp-server/lib/smtp-stream';
import type { Content } from './content.ts';

/** Longest command line, as in Postfix (RFC 5321 §4.5.3.1.4 asks for 512, its extensions for some hundred more). */
const maxCommandLength = 2048;

/** The library's parser for the octets of a session, with a DATA phase of our own. */
export class CommandStream extends SMTPStream {
  readonly #socket: Pick<Socket, 'cork' | 'uncork'>;
  #data: { readonly content: Content; readonly ended: (resume: () => void) => void } | undefined;
  /** The client has sent all it will, and all of it was served. */
  oninputend: () => void = () => undefined;
  /** Octets of DATA have come. */
  ondata: () => void = () => undefined;

  constructor(socket: Pick<Socket, 'cork' | 'uncork'>) {
    super({ maxCommandLength });
    this.#socket = socket;
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

  /** Answers commands that came in one segment in one segment (RFC 2920 §3.2). */
  override _write(
    chunk: Buffer,
    encoding: BufferEncoding | 'buffer',
    next: (error?: Error | null) => void,
  ): void {
    this.#socket.cork();
    try {
      super._write(chunk, encoding, next);
    } finally {
      this.#socket.uncork();
    }
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
