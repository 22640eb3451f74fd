import type { Duplex } from 'node:stream';

/** A reply of SMTP: its code, and the text of each line. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** The other side does not speak SMTP, hangs up, or says nothing in time. The message is for the operator. */
export class NoReply extends Error {
  override readonly name = 'NoReply';
}

/** Octets of a reply; a greeting and the list of EHLO have some hundreds. */
const longest = 16_384;

/** Reads replies from a connection, each within the time that is left. It keeps no line of what was read. */
export class SmtpLines {
  readonly #stream: Duplex;
  readonly #signal: AbortSignal;
  #received = '';
  #ended: string | undefined;
  #wake = (): void => {};

  constructor(stream: Duplex, signal: AbortSignal) {
    this.#stream = stream;
    this.#signal = signal;
    stream.on('data', this.#take);
    stream.on('error', this.#fail);
    stream.on('close', this.#close);
    signal.addEventListener('abort', this.#late);
  }

  readonly #take = (chunk: Buffer): void => {
    this.#received += chunk.toString('latin1');
    if (this.#received.length > longest) this.#end('it says more than a reply can have');
    this.#wake();
  };
  readonly #fail = (error: NodeJS.ErrnoException): void => this.#end(error.code ?? error.message);
  readonly #close = (): void => this.#end('it hung up');
  readonly #late = (): void => this.#end('nothing came in time');

  #end(why: string): void {
    this.#ended ??= why;
    this.#wake();
  }

  /** Throws NoReply. */
  async reply(): Promise<Reply> {
    for (;;) {
      const read = takeReply(this.#received);
      if (read === 'no SMTP') throw new NoReply('what it says is no SMTP');
      if (read !== undefined) {
        this.#received = read.rest;
        return read.reply;
      }
      if (this.#ended !== undefined) throw new NoReply(this.#ended);
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Sends a command and reads its reply. Throws NoReply. */
  async command(line: string): Promise<Reply> {
    if (this.#ended === undefined) this.#stream.write(`${line}\r\n`);
    return this.reply();
  }

  /** Gives the stream to somebody else, such as TLS. */
  release(): void {
    this.#signal.removeEventListener('abort', this.#late);
    this.#stream.off('data', this.#take).off('error', this.#fail).off('close', this.#close);
    this.#stream.on('error', () => {});
  }
}

/** The first reply in the text, RFC 5321 §4.2; undefined while it is incomplete. */
export function takeReply(
  text: string,
): { readonly reply: Reply; readonly rest: string } | 'no SMTP' | undefined {
  const lines: string[] = [];
  for (let at = 0; ;) {
    const end = text.indexOf('\n', at);
    if (end === -1) return undefined;
    const line = text.slice(at, end).replace(/\r$/, '');
    const [, code, more, said = ''] = /^([2-5]\d\d)(?:([ -])(.*))?$/.exec(line) ?? [];
    if (code === undefined) return 'no SMTP';
    lines.push(said);
    at = end + 1;
    if (more !== '-') return { reply: { code: Number(code), lines }, rest: text.slice(at) };
  }
}
