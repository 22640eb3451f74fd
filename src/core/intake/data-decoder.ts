import { ControlSearch } from './control-search.ts';
import type { BareNewline, LineFlaw } from './line-flaw.ts';
import { OctetWriter } from './octet-writer.ts';

const nul = 0x00;
const lf = 0x0a;
const cr = 0x0d;
const blank = 0x20;
const dot = 0x2e;
const noFlaws: ReadonlySet<LineFlaw> = new Set();

/**
 * Where in a line the octets of DATA are. `after LF` is the start of a line that follows a bare LF. What the octets of
 * the states with `dot` or `CR` come to depends on the next one, and they are not written yet.
 */
type State = 'line start' | 'after LF' | 'text' | 'CR' | 'dot' | 'dot CR' | 'LF dot' | 'LF dot CR';

/** Why a message is refused. */
export type Flaw = LineFlaw | 'ambiguous end';

/**
 * Removes the dot-stuffing from the octets of DATA (RFC 5321 §4.5.2) and finds their end. Only CRLF.CRLF ends the message:
 * any other reading lets one message be smuggled inside another. A bare LF (RFC 5321 §2.3.8) ends a line nonetheless, for
 * dot-stuffing too, and a lone dot beside one is a flaw, since others may take it for the end. What comes out has CRLF at
 * the end of each line, and no CR, LF or NUL elsewhere.
 */
export class DataDecoder {
  /** The first flaw for which the message is refused. */
  flaw: Flaw | undefined;
  #notes: Set<LineFlaw> | undefined;
  /** Octets of the message so far, without dot-stuffing, and with CRLF for each end of a line. */
  sizeBytes = 0;
  readonly #bareNewline: BareNewline;
  #state: State = 'line start';

  constructor(bareNewline: BareNewline) {
    this.#bareNewline = bareNewline;
  }

  /** What the message had that others may read in another way. */
  get notes(): ReadonlySet<LineFlaw> {
    return this.#notes ?? noFlaws;
  }

  /**
   * Takes the next octets, and may overwrite them. Returns the text of the message in them and, once the message has
   * ended, what follows it.
   */
  decode(octets: Buffer): { readonly text: Buffer; readonly rest?: Buffer } {
    const controls = new ControlSearch(octets);
    const writer = new OctetWriter(octets);
    let state = this.#state;
    for (let read = 0; read < octets.length; read += 1) {
      if (state === 'text') {
        // Nearly all octets are text, and are passed over in one step.
        const end = controls.next(read);
        writer.copy(read, end);
        read = end;
        if (end === octets.length) break;
      }
      const octet = octets[read] as number;
      if (octet === lf) {
        if (state === 'dot CR') {
          this.#state = 'line start';
          return { text: this.#text(writer), rest: octets.subarray(read + 1) };
        }
        state = this.#endLine(state, read, writer);
      } else if (octet === cr) {
        state = this.#carriageReturn(state, read, writer);
      } else if (octet === dot && (state === 'line start' || state === 'after LF')) {
        // This dot is not text: it is stuffed, or part of the end.
        state = state === 'line start' ? 'dot' : 'LF dot';
      } else {
        if (isAfterCr(state)) this.#stray(read, writer);
        if (octet === nul) this.#note('NUL');
        writer.put(octet === nul ? blank : octet, read + 1);
        state = 'text';
      }
    }
    this.#state = state;
    return { text: this.#text(writer) };
  }

  #endLine(state: State, read: number, writer: OctetWriter): State {
    if (!isAfterCr(state)) this.#note('bare LF');
    if (state === 'dot' || state === 'LF dot' || state === 'LF dot CR') this.flaw ??= 'ambiguous end';
    else writer.putTwo(cr, lf, read + 1);
    return isAfterCr(state) ? 'line start' : 'after LF';
  }

  #carriageReturn(state: State, read: number, writer: OctetWriter): State {
    if (state === 'dot') return 'dot CR';
    if (state === 'LF dot') return 'LF dot CR';
    if (isAfterCr(state)) this.#stray(read, writer);
    return 'CR';
  }

  /** The octet at `read` is no LF, so the CR before it does not end a line. */
  #stray(read: number, writer: OctetWriter): void {
    this.#note('bare CR');
    writer.put(blank, read);
  }

  #note(flaw: LineFlaw): void {
    this.#notes ??= new Set();
    this.#notes.add(flaw);
    if (this.#bareNewline === 'reject') this.flaw ??= flaw;
  }

  #text(writer: OctetWriter): Buffer {
    this.sizeBytes += writer.written.length;
    return writer.written;
  }
}

function isAfterCr(state: State): boolean {
  return state === 'CR' || state === 'dot CR' || state === 'LF dot CR';
}
