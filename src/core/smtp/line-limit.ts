const lineFeed = 0x0a;
const lineBreak = Buffer.from('\r\n ');

/** RFC 5321 §4.5.3.1.6: octets of a line without its CRLF. */
export const lineLimitOctets = 998;
/** An unfinished line of this length is held back until more follows, because it may have to be broken here. */
const holdFromOctets = 900;

/**
 * Breaks lines that are too long for a server, with CRLF and a space as Postfix does: in a header that folds the field,
 * in a body it is the least harm. Never within a character of UTF-8. Lines within the limit are not touched.
 */
export class LineLimit {
  /** Octets of the unfinished line that went out already. */
  #column = 0;
  #held: Buffer | undefined;
  #broke = false;

  /** Whether a line was too long so far. */
  get broke(): boolean {
    return this.#broke;
  }

  /** The chunk itself where nothing has to be done. */
  push(chunk: Buffer): Buffer {
    const data = this.#held === undefined ? chunk : Buffer.concat([this.#held, chunk]);
    this.#held = undefined;
    const cuts: number[] = [];
    // Where the line began; before the data, if part of it went out.
    let start = -this.#column;
    // A line of the limit has its LF at the latest after CR.
    for (let last = start + lineLimitOctets + 1; last < data.length; last = start + lineLimitOctets + 1) {
      const from = Math.max(start, 0);
      const end = data.subarray(from, last + 1).lastIndexOf(lineFeed);
      if (end !== -1) {
        start = from + end + 1;
        continue;
      }
      const cut = endOfCharacter(data, start + lineLimitOctets);
      cuts.push(cut);
      this.#broke = true;
      // The space counts.
      start = cut - 1;
    }
    return this.#hold(data, cuts, start);
  }

  /** Returns what was held back. */
  end(): Buffer {
    const held = this.#held ?? Buffer.alloc(0);
    this.#held = undefined;
    return held;
  }

  #hold(data: Buffer, cuts: readonly number[], start: number): Buffer {
    const lastEnd = data.lastIndexOf(lineFeed);
    const lineStart = lastEnd >= Math.max(start, 0) ? lastEnd + 1 : start;
    const length = data.length - lineStart;
    const from = length < holdFromOctets ? data.length : Math.max(lineStart, 0, cuts.at(-1) ?? 0);
    this.#column = from - lineStart;
    if (from < data.length) this.#held = Buffer.from(data.subarray(from));
    return broken(data.subarray(0, from), cuts);
  }
}

/** The offset, or one a little before it, that does not cut a character in two. */
function endOfCharacter(data: Buffer, at: number): number {
  for (let back = 0; back < 4; back += 1) if (((data[at - back] ?? 0) & 0xc0) !== 0x80) return at - back;
  return at;
}

function broken(data: Buffer, cuts: readonly number[]): Buffer {
  if (cuts.length === 0) return data;
  const parts: Buffer[] = [];
  let from = 0;
  for (const cut of cuts) {
    parts.push(data.subarray(from, cut), lineBreak);
    from = cut;
  }
  parts.push(data.subarray(from));
  return Buffer.concat(parts);
}
