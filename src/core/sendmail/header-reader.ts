/** A field of a header, as it came. */
export interface HeaderField {
  /** In lower case. */
  readonly name: string;
  /** All of it in octets of latin1: name, colon, body, folded lines, CRLF at the end. */
  readonly text: string;
  /** Where in the text the body begins. */
  readonly body: number;
}

export type HeaderReading =
  | { readonly kind: 'more' }
  /** The rest begins with the empty line that ends the header, or with a line that is no field and ends it too. */
  | { readonly kind: 'end'; readonly fields: readonly HeaderField[]; readonly rest: Buffer }
  | { readonly kind: 'too big' };

const lf = 0x0a;
/** RFC 5322 §3.6.8; old mail has blanks before the colon (§4.5.8). */
const fieldStart = /^([!-9;-~]+)[ \t]*:/;
/** What separates messages of a mailbox file. */
const separator = /^>?From /;

/** Takes the header off a message whose lines end with CRLF, and keeps it until it has ended. */
export class HeaderReader {
  readonly #limitBytes: number;
  readonly #fields: { name: string; lines: string[]; body: number }[] = [];
  /** The beginning of a line. */
  #open: Buffer[] = [];
  #bytes = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  /** Takes the next octets. Not to be called after another answer than `more`. */
  push(octets: Buffer): HeaderReading {
    let at = 0;
    for (;;) {
      const end = octets.indexOf(lf, at);
      this.#bytes += (end < 0 ? octets.length : end + 1) - at;
      if (this.#bytes > this.#limitBytes) return { kind: 'too big' };
      if (end < 0) break;
      this.#open.push(octets.subarray(at, end + 1));
      const line = Buffer.concat(this.#open);
      this.#open = [];
      at = end + 1;
      if (!this.#take(line.toString('latin1')))
        return { kind: 'end', fields: this.#all(), rest: Buffer.concat([line, octets.subarray(at)]) };
    }
    if (at < octets.length) this.#open.push(octets.subarray(at));
    return { kind: 'more' };
  }

  /** The message has ended within its header. */
  finish(): HeaderReading {
    return { kind: 'end', fields: this.#all(), rest: Buffer.concat(this.#open) };
  }

  /** Takes a line; false if the header ends before it. */
  #take(line: string): boolean {
    const field = this.#fields.at(-1);
    if (field === undefined && separator.test(line)) return true;
    if (field !== undefined && /^[ \t]/.test(line)) {
      field.lines.push(line);
      return true;
    }
    const [start, name] = fieldStart.exec(line) ?? [];
    if (start === undefined || name === undefined) return false;
    this.#fields.push({ name: name.toLowerCase(), lines: [line], body: start.length });
    return true;
  }

  #all(): readonly HeaderField[] {
    return this.#fields.map(({ name, lines, body }) => ({ name, body, text: lines.join('') }));
  }
}
