import { ControlSearch } from './control-search.ts';

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;

/** Where in a line the octets of DATA are. */
type State = 'line start' | 'text' | 'CR' | 'dot' | 'dot CR';

/** What may not be in a message. */
export type Flaw = 'bare LF' | 'bare CR' | 'NUL';

/**
 * Removes the dot-stuffing from the octets of DATA (RFC 5321 §4.5.2) and finds their end. Only CRLF ends a line, and only
 * CRLF.CRLF ends the message: any other reading lets one message be smuggled inside another. A bare CR or LF
 * (RFC 5321 §2.3.8) is noted as a flaw, so that no server behind us gets to read it.
 */
export class DataDecoder {
  /** The first flaw seen. */
  flaw: Flaw | undefined;
  /** Octets of the message so far, without dot-stuffing. */
  sizeBytes = 0;
  #state: State = 'line start';

  /**
   * Takes the next octets, and overwrites them. Returns the text of the message in them and, once the message has ended,
   * what follows it.
   */
  decode(octets: Buffer): { readonly text: Buffer; readonly rest?: Buffer } {
    const controls = new ControlSearch(octets);
    let state = this.#state;
    let write = 0;
    for (let read = 0; read < octets.length; read += 1) {
      if (state === 'text') {
        // Nearly all octets are text, and are passed over in one step.
        const end = controls.next(read);
        if (write !== read) octets.copyWithin(write, read, end);
        write += end - read;
        read = end;
        if (end === octets.length) break;
      }
      const octet = octets[read] as number;
      if (octet === lf) {
        if (state === 'dot CR') {
          this.#state = 'line start';
          return { text: this.#text(octets, write), rest: octets.subarray(read + 1) };
        }
        if (state !== 'CR') this.flaw ??= 'bare LF';
        state = state === 'CR' ? 'line start' : 'text';
      } else if (state === 'line start' && octet === dot) {
        // This dot is not text: it is stuffed, or part of the end.
        state = 'dot';
        continue;
      } else {
        if (state === 'CR' || state === 'dot CR') this.flaw ??= 'bare CR';
        if (octet === nul) this.flaw ??= 'NUL';
        if (octet === cr && state === 'dot') {
          // This CR is not text if an LF follows. If none does, the message is refused.
          state = 'dot CR';
          continue;
        }
        state = octet === cr ? 'CR' : 'text';
      }
      if (write !== read) octets[write] = octet;
      write += 1;
    }
    this.#state = state;
    return { text: this.#text(octets, write) };
  }

  #text(octets: Buffer, length: number): Buffer {
    this.sizeBytes += length;
    return octets.subarray(0, length);
  }
}
