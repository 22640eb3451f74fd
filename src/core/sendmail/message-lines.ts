const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const blank = 0x20;
const dot = 0x2e;

/**
 * Makes of what a program writes the lines of a message: LF or CRLF ends a line, a CR or a NUL anywhere else becomes a blank,
 * the last line gets an end. What comes out has CRLF alone. Without `-i` a lone dot ends the message.
 */
export class MessageLines {
  /** The message has ended: nothing more is taken. */
  isOver = false;
  /** There are octets beyond ASCII. */
  has8Bit = false;
  readonly #dotEnds: boolean;
  /** Octets of the line so far that were passed on; the CR and the dot that wait do not count. */
  #lineLength = 0;
  /** A dot that may be all there is of its line. */
  #waitsDot = false;
  #waitsCr = false;

  constructor(dotEnds: boolean) {
    this.#dotEnds = dotEnds;
  }

  /** Takes the next octets; returns lines, or parts of them. */
  push(octets: Buffer): Buffer {
    // An LF becomes two octets; a dot and a CR may have waited.
    const out = Buffer.allocUnsafe(2 * octets.length + 2);
    let length = 0;
    const put = (octet: number): void => {
      out[length] = octet;
      length += 1;
    };
    const endLine = (): void => {
      put(cr);
      put(lf);
      this.#lineLength = 0;
    };
    /** What waited is text after all. */
    const release = (): void => {
      if (this.#waitsDot) put(dot);
      if (this.#waitsCr) put(blank);
      this.#lineLength += Number(this.#waitsDot) + Number(this.#waitsCr);
      this.#waitsDot = false;
      this.#waitsCr = false;
    };
    for (const octet of octets) {
      if (this.isOver) break;
      if (octet === lf) {
        if (this.#waitsDot) {
          this.isOver = true;
          break;
        }
        this.#waitsCr = false;
        endLine();
      } else if (octet === cr && !this.#waitsCr) {
        this.#waitsCr = true;
      } else if (octet === cr) {
        // The first of two is not the one before the LF.
        release();
        this.#waitsCr = true;
      } else if (octet === dot && this.#dotEnds && this.#lineLength === 0 && !this.#isWaiting) {
        this.#waitsDot = true;
      } else {
        release();
        put(octet === nul ? blank : octet);
        this.#lineLength += 1;
        if (octet > 0x7f) this.has8Bit = true;
      }
    }
    return out.subarray(0, length);
  }

  /** The end of the input. Returns what is left to pass on. */
  finish(): Buffer {
    // A CR at the very end is half a line end, and a dot there is a line of its own.
    const isOpen = !this.isOver && !this.#waitsDot && (this.#lineLength > 0 || this.#waitsCr);
    this.isOver = true;
    return Buffer.from(isOpen ? '\r\n' : '');
  }

  get #isWaiting(): boolean {
    return this.#waitsDot || this.#waitsCr;
  }
}
