const lf = 0x0a;

/**
 * Writes what is left of some octets over them, as long as that is shorter than what was read. From the first place on
 * where it would be longer, it writes to new memory, of which it takes no more than is needed.
 */
export class OctetWriter {
  readonly #source: Buffer;
  #target: Buffer;
  #length = 0;

  constructor(source: Buffer) {
    this.#source = source;
    this.#target = source;
  }

  get written(): Buffer {
    return this.#target.subarray(0, this.#length);
  }

  /** Copies octets of the source. All before `end` have been read. */
  copy(start: number, end: number): void {
    if (this.#target !== this.#source) this.#source.copy(this.#target, this.#length, start, end);
    else if (this.#length !== start) this.#source.copyWithin(this.#length, start, end);
    this.#length += end - start;
  }

  /** Writes one octet. @param free so many octets of the source are not needed any more */
  put(octet: number, free: number): void {
    this.#makeRoom(1, free);
    this.#target[this.#length] = octet;
    this.#length += 1;
  }

  /** Writes two octets. @param free as for put() */
  putTwo(first: number, second: number, free: number): void {
    this.#makeRoom(2, free);
    this.#target[this.#length] = first;
    this.#target[this.#length + 1] = second;
    this.#length += 2;
  }

  #makeRoom(octets: number, free: number): void {
    if (this.#target !== this.#source || this.#length + octets <= free) return;
    // Of what is not read yet each octet becomes one at most, an LF two; a CR that was held back comes to them.
    const unread = this.#source.subarray(free);
    const target = Buffer.allocUnsafe(this.#length + octets + 1 + unread.length + count(lf, unread));
    this.#source.copy(target, 0, 0, this.#length);
    this.#target = target;
  }
}

function count(octet: number, octets: Buffer): number {
  let found = 0;
  for (let at = octets.indexOf(octet); at >= 0; at = octets.indexOf(octet, at + 1)) found += 1;
  return found;
}
