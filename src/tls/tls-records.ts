/** RFC 8446 §B.1 */
export const contentTypes = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23 } as const;

export const recordHeaderBytes = 5;
/** RFC 5246 §6.2.3: the largest fragment in any version. */
const longestFragmentBytes = 16_384 + 2048;

/** A TLS record as it arrived (RFC 8446 §5.1). */
export interface TlsRecord {
  readonly type: number;
  /** Header and fragment. */
  readonly octets: Buffer;
}

/** Makes records of the octets of a connection, which arrive in any pieces. Each octet is copied once. */
export class RecordReader {
  readonly #chunks: Buffer[] = [];
  readonly #header = Buffer.alloc(recordHeaderBytes);
  #record = this.#header;
  #filled = 0;

  feed(octets: Buffer): void {
    if (octets.length > 0) this.#chunks.push(octets);
  }

  /**
   * The next record, once it is complete. `broken` if this is no readable TLS; then `rest()` is the header that shows
   * it.
   */
  next(): TlsRecord | 'broken' | undefined {
    while (this.#fill()) {
      if (this.#record === this.#header) {
        const length = this.#header.readUInt16BE(3);
        if (this.#header[1] !== 3 || length > longestFragmentBytes) return 'broken';
        this.#record = Buffer.alloc(recordHeaderBytes + length);
        this.#header.copy(this.#record);
        continue;
      }
      const octets = this.#record;
      this.#record = this.#header;
      this.#filled = 0;
      return { type: octets.readUInt8(0), octets };
    }
    return undefined;
  }

  /** Octets of the incomplete record. */
  rest(): Buffer {
    return Buffer.from(this.#record.subarray(0, this.#filled));
  }

  /** All octets that arrived and were not returned yet. */
  drain(): Buffer {
    const [first] = this.#chunks;
    if (first !== undefined && this.#chunks.length === 1 && this.#filled === 0) {
      this.#chunks.length = 0;
      return first;
    }
    const octets = Buffer.concat([this.rest(), ...this.#chunks.splice(0)]);
    this.#record = this.#header;
    this.#filled = 0;
    return octets;
  }

  /** True once the header or the record, whichever is under way, is complete. */
  #fill(): boolean {
    for (;;) {
      const missing = this.#record.length - this.#filled;
      if (missing === 0) return true;
      const [chunk] = this.#chunks;
      if (chunk === undefined) return false;
      const taken = chunk.copy(this.#record, this.#filled, 0, missing);
      this.#filled += taken;
      if (taken === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(taken);
    }
  }
}
