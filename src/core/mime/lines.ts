const lineFeed = 0x0a;
const carriageReturn = 0x0d;

/** Octets of a line that are handed over at once: lines have no limit of their own here. */
const pieceBytes = 16_384;

/** A line, or a piece of one that is very long. */
export interface Line {
  /** Without its CRLF. */
  readonly octets: Buffer;
  /** False for the further pieces of a line. */
  readonly starts: boolean;
  /** True if the line break follows; false for all pieces but the last, and for content that ends without one. */
  readonly ends: boolean;
}

/** Cuts content into lines, however it is cut into chunks. Holds at most one piece. */
export class Lines {
  readonly #take: (line: Line) => void;
  #rest: Buffer | undefined;
  #starts = true;

  constructor(take: (line: Line) => void) {
    this.#take = take;
  }

  push(chunk: Uint8Array): void {
    const octets = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    const data = this.#rest === undefined ? octets : Buffer.concat([this.#rest, octets]);
    let start = 0;
    for (let end = data.indexOf(lineFeed); end !== -1; end = data.indexOf(lineFeed, start)) {
      const last = end > start && data[end - 1] === carriageReturn ? end - 1 : end;
      this.#hand(data.subarray(start, last), true);
      start = end + 1;
    }
    // The last octet may be the CR of a line break.
    for (; data.length - start > pieceBytes; start += pieceBytes)
      this.#hand(data.subarray(start, start + pieceBytes), false);
    this.#rest = start < data.length ? Buffer.from(data.subarray(start)) : undefined;
  }

  /** Hands over what is left. */
  end(): void {
    if (this.#rest !== undefined) this.#hand(this.#rest, false);
    this.#rest = undefined;
  }

  #hand(octets: Buffer, ends: boolean): void {
    const starts = this.#starts;
    this.#starts = ends;
    this.#take({ octets, starts, ends });
  }
}
