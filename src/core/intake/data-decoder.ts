import { ControlSearch } from './control-search.ts';

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const dot = 0x2e;

/** What the octets of DATA have come to within their line. */
type State = 'line start' | 'text' | 'CR' | 'dot' | 'dot CR';

/** A thing that may not be in a message. */
export type Flaw = 'bare LF' | 'bare CR' | 'NUL';

/**
 * Takes the transparency off the octets of DATA (RFC 5321 §4.5.2) and finds its end. Only CRLF ends a line and only
 * CRLF.CRLF ends the message: other readings of these octets are how one message is smuggled inside another. A bare CR
 * or LF (RFC 5321 §2.3.8) is noted as a flaw, so that nothing downstream gets to read it either.
 */
export class DataDecoder {
  /** The first flaw seen. */
  flaw: Flaw | undefined;
  /** Octets of message so far, dots removed. */
  sizeBytes = 0;
  #state: State = 'line start';

  /**
   * Takes the next octets, whose buffer is written to. Gives back the message text in them, and once the message has
   * ended what follows it.
   */
  decode(octets: Buffer): { readonly text: Buffer; readonly rest?: Buffer } {
    const controls = new ControlSearch(octets);
    let state = this.#state;
    let write = 0;
    for (let read = 0; read < octets.length; read += 1) {
      if (state === 'text') {
        // Nearly everything is this: it is passed over in one go.
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
        // Either stuffed or part of the end: it is not text.
        state = 'dot';
        continue;
      } else {
        if (state === 'CR' || state === 'dot CR') this.flaw ??= 'bare CR';
        if (octet === nul) this.flaw ??= 'NUL';
        if (octet === cr && state === 'dot') {
          // Not text if an LF follows; if none does, the message is refused for it.
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
