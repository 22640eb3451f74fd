const cr = 0x0d;
const lf = 0x0a;
const blank = 0x20;

/**
 * Makes CRLF of every line end of a message, chunk by chunk: of CRLF, and of LF alone, as programs and files have it. A CR
 * that ends no line becomes a blank, as in Postfix (`cleanup_replace_stray_cr_lf`).
 */
export class LineEnds {
  /** The last octet was a CR, of which nobody knows yet what it is. */
  #pendingCr = false;
  #atLineStart = true;

  /** What can be passed on, in a buffer of its own. */
  push(chunk: Buffer): Buffer {
    const text = Buffer.allocUnsafe(2 * chunk.length + 1);
    let length = 0;
    for (const octet of chunk) {
      if (octet === lf) {
        text[length] = cr;
        text[length + 1] = lf;
        length += 2;
        this.#pendingCr = false;
        continue;
      }
      if (this.#pendingCr) {
        text[length] = blank;
        length += 1;
      }
      this.#pendingCr = octet === cr;
      if (this.#pendingCr) continue;
      text[length] = octet;
      length += 1;
    }
    if (length > 0) this.#atLineStart = text[length - 1] === lf;
    return text.subarray(0, length);
  }

  /** What is left, and a line end if the last line has none. */
  end(): Buffer {
    if (this.#pendingCr) return Buffer.from(' \r\n');
    return Buffer.from(this.#atLineStart ? '' : '\r\n');
  }
}
