const carriageReturn = 0x0d;
const noWords = new Int32Array();

/**
 * Finds octets of value 13 or less: line ends, NULs, and little else in a message. Each step looks at four octets, which
 * makes the search the cheapest part of reading content.
 */
export class ControlSearch {
  readonly #octets: Buffer;
  /** The same octets as words, from the first aligned one on. */
  readonly #words: Int32Array;
  /** The number of octets before the first aligned one. */
  readonly #head: number;

  constructor(octets: Buffer) {
    this.#octets = octets;
    this.#head = -octets.byteOffset & 3;
    const count = (octets.length - this.#head) >> 2;
    this.#words = count > 0 ? new Int32Array(octets.buffer, octets.byteOffset + this.#head, count) : noWords;
  }

  /** The place of the next such octet at or after `from`, or the length of the octets if there is none. */
  next(from: number): number {
    const octets = this.#octets;
    const words = this.#words;
    const head = this.#head;
    let at = from;
    for (const aligned = head + ((from - head + 3) & ~3); at < aligned; at += 1) {
      if (at === octets.length || (octets[at] as number) <= carriageReturn) return at;
    }
    let word = (at - head) >> 2;
    while (word < words.length && !hasControl(words[word] as number)) word += 1;
    at = head + (word << 2);
    while (at < octets.length && (octets[at] as number) > carriageReturn) at += 1;
    return at;
  }
}

/** Whether one of the four octets is 13 or less: only such an octet borrows from a high bit that was not set. */
function hasControl(word: number): boolean {
  return ((word - 0x0e0e0e0e) & ~word & 0x80808080) !== 0;
}
