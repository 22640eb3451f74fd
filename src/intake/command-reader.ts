import { cutCommandLine } from '../core/intake/command-line.ts';
import type { BareNewline, LineFlaw } from '../core/intake/line-flaw.ts';
import type { ClientConnection, ConnectionInput, OctetReader } from './connection/client-connection.ts';
import type { Content } from './content.ts';

/** So many commands in a row are served before another client gets a turn. */
const commandsAtOnce = 100;
const noOctets = Buffer.alloc(0);

/** What a session learns from the octets of its client. `done` asks for the next command. */
export interface CommandListener {
  /** @param isLast no octets have come after it yet */
  readonly command: (command: Buffer, isLast: boolean, done: () => void) => void;
  readonly flawed: (flaw: LineFlaw, command: Buffer, done: () => void) => void;
  /** How the next line is read. */
  readonly bareNewline: () => BareNewline;
  /** A line was read in spite of this. */
  readonly noted: (flaws: Iterable<LineFlaw>) => void;
  /** Octets of the next line. An answer to a challenge may be longer than a command. */
  readonly longestLine: () => number;
  /** This is no SMTP client. Nothing more is read. */
  readonly hopeless: (why: 'endless' | 'foreign') => void;
  /** Octets of DATA have come. */
  readonly data: () => void;
  /** The client has sent its last octet, and all commands were served. */
  readonly ended: () => void;
}

/** Cuts the octets of a client into commands and messages, with the same strictness for both. */
export class CommandReader implements OctetReader {
  readonly #connection: Pick<ClientConnection, 'cork' | 'uncork'>;
  readonly #input: ConnectionInput;
  readonly #listener: CommandListener;
  #data: { readonly content: Content; readonly ended: (resume: () => void) => void } | undefined;
  /** The beginning of a command line. */
  #kept: Buffer = noOctets;

  constructor(
    connection: Pick<ClientConnection, 'cork' | 'uncork'>,
    input: ConnectionInput,
    listener: CommandListener,
  ) {
    this.#connection = connection;
    this.#input = input;
    this.#listener = listener;
  }

  /**
   * Reads what comes next as the content of a message.
   *
   * @param ended is called at the end of DATA with a function that goes on with the commands after it; never if the client
   * does not get there
   */
  receive(content: Content, ended: (resume: () => void) => void): void {
    this.#data = { content, ended };
  }

  readonly read = (chunk: Buffer, next: () => void): void => {
    const octets = this.#kept.length > 0 ? Buffer.concat([this.#kept, chunk]) : chunk;
    this.#kept = noOctets;
    this.#serve(octets, next);
  };

  /** Drops half a command line that the client did not finish. */
  readonly ended = (): void => this.#listener.ended();

  /** Serves one command after another, in a loop, since most are answered at once. */
  #serve(octets: Buffer, next: () => void): void {
    let rest = octets;
    let served = 0;
    let isBusy = false;
    let isAsked = true;
    const goOn = (): void => {
      isAsked = true;
      if (isBusy) return;
      isBusy = true;
      // Replies to commands that came in one segment leave in one segment (RFC 2920 §3.2).
      this.#connection.cork();
      try {
        while (isAsked) {
          if (this.#input.isClosed) return next();
          if (this.#data !== undefined) return this.#feed(rest, next);
          if (rest.length === 0) return next();
          if (served === commandsAtOnce) {
            served = 0;
            setImmediate(goOn);
            return;
          }
          served += 1;
          isAsked = false;
          const line = cutCommandLine(rest, this.#listener.bareNewline(), this.#listener.longestLine());
          if (line.kind === 'open') {
            this.#kept = Buffer.from(line.kept);
            return next();
          }
          if (line.kind === 'endless' || line.kind === 'foreign') return this.#listener.hopeless(line.kind);
          rest = line.rest;
          if (line.kind === 'flawed') {
            this.#listener.flawed(line.flaw, line.command, goOn);
          } else {
            this.#listener.noted(line.notes);
            this.#listener.command(line.command, rest.length === 0, goOn);
          }
        }
      } finally {
        isBusy = false;
        this.#connection.uncork();
      }
    };
    goOn();
  }

  #feed(octets: Buffer, next: () => void): void {
    const data = this.#data;
    if (data === undefined) return next();
    this.#listener.data();
    const rest = data.content.feed(octets);
    if (rest === undefined) return data.content.chunks.whenRoom(next);
    this.#data = undefined;
    data.ended(() => this.read(rest, next));
  }
}
