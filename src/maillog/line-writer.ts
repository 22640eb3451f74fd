import { messageOf } from '../core/error-words.ts';
import type { Line, Outlet } from './line.ts';

/** Characters that wait at most, some 25,000 lines: what comes then is dropped, and counted. */
const MOST_WAITING = 4 * 2 ** 20;
/** Characters that wait for the end of a turn at most. */
const MOST_IN_TURN = 65_536;
/** From one attempt to the next when the reader is behind, and when the operating system refuses. */
const BUSY_RETRY_MS = 50;
const REFUSED_RETRY_MS = 1_000;
/** A reader may be behind for so long before anybody is told. */
const PATIENCE_MS = 5_000;
const NO_READER = 'nobody reads it';

export interface WriterPorts {
  readonly outlet: Outlet;
  readonly now: () => number;
  /** Runs `work` when what happens now has been seen to. */
  readonly afterTurn: (work: () => void) => void;
  /** Runs `work` later, if the process still lives then. */
  readonly later: (ms: number, work: () => void) => void;
  /** The line that stands where lines are missing. */
  readonly missing: (count: number, reason: string) => Line;
  /** The first refusal after all was well. */
  readonly onRefusal: (reason: string) => void;
}

export interface WriterFigures {
  /** Lines that nobody will ever read. */
  readonly dropped: number;
  /** How often the operating system refused a write. */
  readonly failures: number;
  readonly waiting: number;
}

interface Stuck {
  readonly reason: string;
  readonly refused: boolean;
  readonly since: number;
}

/**
 * Lines on their way out, in order. Nobody waits for them and they take a bounded amount of memory, whatever the disk or the
 * reader does: what is too much is dropped, counted, and told of in its place.
 */
export class LineWriter {
  readonly #ports: WriterPorts;
  #lines: Line[] = [];
  #size = 0;
  #stuck: Stuck | undefined;
  /** Lines that are missing after the last one that waits. */
  #missing = 0;
  #dropped = 0;
  #failures = 0;
  #scheduled = false;
  #retrying = false;

  constructor(ports: WriterPorts) {
    this.#ports = ports;
  }

  /** An urgent line goes out with all before it at once, the others when the turn of the event loop is over. */
  write(line: Line, urgent: boolean): void {
    // No line passes those that are missing: they are told of first, when there is room again.
    if (this.#missing > 0 || this.#size + line.text.length > MOST_WAITING) {
      this.#missing += 1;
      this.#dropped += 1;
      return;
    }
    this.#push(line);
    if (this.#stuck !== undefined) return;
    if (urgent || this.#size > MOST_IN_TURN) this.flush();
    else this.#schedule();
  }

  /** Writes as much as is taken now; true when nothing is left. */
  flush(): boolean {
    const { outlet, now } = this.#ports;
    let taken = 0;
    try {
      taken = outlet.write(this.#lines);
    } catch (error) {
      this.#refused(messageOf(error));
      return false;
    }
    for (const { text } of this.#lines.splice(0, taken)) this.#size -= text.length;
    if (this.#missing > 0 && this.#size < MOST_WAITING / 2) {
      this.#tellOfMissing();
      return this.flush();
    }
    if (this.#lines.length === 0) {
      this.#stuck = undefined;
      return true;
    }
    const since = taken > 0 || this.#stuck === undefined ? now() : this.#stuck.since;
    this.#stuck = { reason: NO_READER, refused: false, since };
    this.#retry(BUSY_RETRY_MS);
    return false;
  }

  /** What keeps lines from getting out, in words; undefined while all is well. */
  trouble(): string | undefined {
    if (this.#stuck === undefined) return undefined;
    const { reason, refused, since } = this.#stuck;
    if (!refused && this.#missing === 0 && this.#ports.now() - since < PATIENCE_MS) return undefined;
    const lost = this.#missing === 0 ? '' : `, ${this.#missing} are lost`;
    return `${reason}; ${this.#lines.length} lines wait${lost}`;
  }

  figures(): WriterFigures {
    return { dropped: this.#dropped, failures: this.#failures, waiting: this.#lines.length };
  }

  /** Lines that wait, and those that are missing after them; and why. */
  leftOver(): { readonly count: number; readonly reason: string } {
    return { count: this.#lines.length + this.#missing, reason: this.#stuck?.reason ?? NO_READER };
  }

  #push(line: Line): void {
    this.#lines.push(line);
    this.#size += line.text.length;
  }

  #tellOfMissing(): void {
    const count = this.#missing;
    this.#missing = 0;
    this.#push(this.#ports.missing(count, this.#stuck?.reason ?? NO_READER));
  }

  #refused(reason: string): void {
    this.#failures += 1;
    if (this.#stuck?.refused !== true) this.#ports.onRefusal(reason);
    const since = this.#stuck?.since ?? this.#ports.now();
    this.#stuck = { reason, refused: true, since };
    this.#retry(REFUSED_RETRY_MS);
  }

  #schedule(): void {
    if (this.#scheduled) return;
    this.#scheduled = true;
    this.#ports.afterTurn(() => {
      this.#scheduled = false;
      if (this.#stuck === undefined) this.flush();
    });
  }

  #retry(ms: number): void {
    if (this.#retrying) return;
    this.#retrying = true;
    this.#ports.later(ms, () => {
      this.#retrying = false;
      this.flush();
    });
  }
}
