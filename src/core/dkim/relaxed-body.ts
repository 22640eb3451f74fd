import { createHash } from 'node:crypto';

type Hash = ReturnType<typeof createHash>;

const tab = 0x09;
const lf = 0x0a;
const cr = 0x0d;
const space = 0x20;
const lineBreak = '\r\n';

/** So many line breaks may wait for something that shows that they are not the last ones. */
const mostWaiting = 4096;

/**
 * SHA-256 of a body in its relaxed form (RFC 6376 §3.4.4), however it is cut into chunks. Only CRLF ends a line. Work and
 * memory for a chunk grow with its length alone, whatever came before it.
 */
export class RelaxedBody {
  readonly #hash = createHash('sha256');
  /** As it was before line breaks that it was given although they may be the last ones. */
  #before: Hash | undefined;
  /** Line breaks that it was not given yet. */
  #lineBreaks = 0;
  /** There is white space that may be the end of a line. */
  #blank = false;
  /** The last octet was CR. */
  #cr = false;
  #isEmpty = true;

  push(chunk: Uint8Array): void {
    const out = Buffer.allocUnsafe(chunk.length + 2 * this.#lineBreaks + 2);
    let length = 0;
    for (const octet of chunk) {
      if (octet === lf && this.#cr) {
        this.#cr = false;
        this.#blank = false;
        this.#lineBreaks += 1;
        continue;
      }
      if (this.#cr) {
        length = this.#flush(out, length);
        out[length] = cr;
        length += 1;
      }
      this.#cr = octet === cr;
      if (octet === cr) continue;
      if (octet === space || octet === tab) {
        this.#blank = true;
        continue;
      }
      if (this.#blank || this.#lineBreaks > 0) length = this.#flush(out, length);
      out[length] = octet;
      length += 1;
    }
    this.#give(out.subarray(0, length));
    if (this.#lineBreaks > mostWaiting) this.#giveLineBreaks();
  }

  /** Base64. The body has ended: one that does not end with a line break gets one, and an empty one stays empty. */
  end(): string {
    if (this.#cr) {
      const out = Buffer.allocUnsafe(2 * this.#lineBreaks + 2);
      const length = this.#flush(out, 0);
      out[length] = cr;
      this.#give(out.subarray(0, length + 1));
    }
    if (this.#isEmpty) return createHash('sha256').digest('base64');
    return (this.#before ?? this.#hash).update(lineBreak).digest('base64');
  }

  /** Writes what proved not to be the end of a line, or of the body. Returns where it ends. */
  #flush(out: Buffer, from: number): number {
    let length = from;
    for (; this.#lineBreaks > 0; this.#lineBreaks -= 1) {
      out[length] = cr;
      out[length + 1] = lf;
      length += 2;
    }
    if (this.#blank) {
      out[length] = space;
      length += 1;
      this.#blank = false;
    }
    return length;
  }

  #give(octets: Buffer): void {
    if (octets.length === 0) return;
    this.#isEmpty = false;
    this.#before = undefined;
    this.#hash.update(octets);
  }

  /** A long row of empty lines is neither kept nor worked off in one go when it ends. */
  #giveLineBreaks(): void {
    this.#before ??= this.#hash.copy();
    this.#hash.update(lineBreak.repeat(this.#lineBreaks));
    this.#lineBreaks = 0;
  }
}
