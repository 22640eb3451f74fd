import { createHash } from 'node:crypto';

/** What came between 354 and the final dot, dot-stuffing undone (RFC 5321 §4.5.2). */
export interface Content {
  /** The whole of it, or the first `headBytes` of a message longer than `keepBytes`. */
  readonly data: Buffer;
  readonly sizeBytes: number;
  /** Hexadecimal, of the whole; empty when not asked for. */
  readonly sha256: string;
}

export interface ContentOptions {
  readonly keepBytes: number;
  readonly hash: boolean;
}

export const headBytes = 4096;

const crlf = Buffer.from('\r\n');
const crlfDot = Buffer.from('\r\n.');

/** Reads one message from chunks, however they are cut. */
export class ContentReader {
  readonly #keepBytes: number;
  readonly #hash: ReturnType<typeof createHash> | undefined;
  #kept: Buffer[] = [];
  #sizeBytes = 0;
  /** Undecided end of the last chunk. The CRLF of the DATA line begins the first line, and is no content. */
  #pending: Buffer = crlf;
  #skip = crlf.length;

  constructor(options: ContentOptions) {
    this.#keepBytes = options.keepBytes;
    this.#hash = options.hash ? createHash('sha256') : undefined;
  }

  /** Takes the next chunk. Gives the content and what follows it, once the final dot has come. */
  push(chunk: Buffer): { readonly content: Content; readonly rest: Buffer } | undefined {
    const bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let from = 0;
    for (;;) {
      const at = bytes.indexOf(crlfDot, from);
      if (at === -1) {
        // The start of a CRLF-dot may be the last bytes of this chunk.
        const tail = bytes.subarray(Math.max(from, bytes.length - 2));
        const cut = tail.lastIndexOf(0x0d);
        const end = cut === -1 ? bytes.length : bytes.length - tail.length + cut;
        this.#take(bytes.subarray(from, end));
        this.#pending = bytes.subarray(end);
        return undefined;
      }
      const dot = at + 2;
      const next = bytes.subarray(dot + 1, dot + 3);
      if (next.equals(crlf)) {
        this.#take(bytes.subarray(from, dot));
        return { content: this.#finish(), rest: bytes.subarray(dot + 3) };
      }
      if (next.equals(crlf.subarray(0, next.length))) {
        this.#take(bytes.subarray(from, at));
        this.#pending = bytes.subarray(at);
        return undefined;
      }
      this.#take(bytes.subarray(from, dot));
      from = dot + 1;
    }
  }

  #take(bytes: Buffer): void {
    const taken = bytes.subarray(this.#skip);
    this.#skip -= bytes.length - taken.length;
    if (taken.length === 0) return;
    this.#sizeBytes += taken.length;
    this.#hash?.update(taken);
    if (this.#sizeBytes <= this.#keepBytes) {
      this.#kept.push(taken);
    } else if (this.#kept.length !== 1 || this.#kept[0]?.length !== headBytes) {
      this.#kept = [Buffer.concat([...this.#kept, taken]).subarray(0, headBytes)];
    }
  }

  #finish(): Content {
    return {
      data: Buffer.concat(this.#kept),
      sizeBytes: this.#sizeBytes,
      sha256: this.#hash?.digest('hex') ?? '',
    };
  }
}
