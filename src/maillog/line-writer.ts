import { messageOf } from '../core/error-words.ts';
import type { Line, Outlet } from './line.ts';

/** Most characters that wait, about 25,000 lines. Further lines are dropped and counted. */
const MOST_WAITING = 4 * 2 ** 20;
/** Most characters that wait for the end of a turn of the event loop. */
const MOST_IN_TURN = 65_536;
/** Pauses between attempts while the reader is behind, and while the operating system refuses. */
const BUSY_RETRY_MS = 50;
const REFUSED_RETRY_MS = 1_000;
/** A reader may be behind for this long before a warning. */
const PATIENCE_MS = 5_000;
const NO_READER = 'nobody reads it';

export interface WriterPorts {
  readonly outlet: Outlet;
  /** Ordinary lines that come within so many milliseconds of the last write are written together. */
  readonly gatherMs: number;
  readonly now: () => number;
  /** Runs `work` at the end of this turn of the event loop. */
  readonly afterTurn: (work: () => void) => void;
  /** Runs `work` later, without keeping the process alive for it. */
  readonly later: (ms: number, work: () => void) => void;
  /** The line in the place of missing lines. */
  readonly missing: (count: number, reason: string) => Line;
  /** Is called at the first refusal after a time without any. */
  readonly onRefusal: (reason: string) => void;
}

export interface WriterFigures {
  /** Lines that were lost. */
  readonly dropped: number;
  /** How often the operating system has refused a write. */
  readonly failures: number;
  readonly waiting: number;
}

interface Stuck {
  readonly reason: string;
  readonly refused: boolean;
  readonly since: number;
}

/**
 * Writes lines in order. No caller waits for them, and they take bounded memory, whatever the disk or the reader does.
 * What is too much is dropped and counted, and a line in its place says so.
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
  #writtenAt = -Infinity;
  #scheduled = false;
  #retrying = false;

  constructor(ports: WriterPorts) {
    this.#ports = ports;
  }

  /**
   * An urgent line goes out at once, with all lines before it; the others at the end of the turn of the event loop, or a
   * moment later while there are many.
   */
  write(line: Line, urgent: boolean): void {
    // No line overtakes missing ones: they are reported first, when there is room again.
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

  /** Writes as much as the outlet takes now; true when nothing is left. */
  flush(): boolean {
    const { outlet, now } = this.#ports;
    let taken = 0;
    this.#writtenAt = now();
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

  /** Why lines do not get out, in words; undefined while all is well. */
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

  /** The lines that wait, the number that is missing after them, and why. */
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
    const work = (): void => {
      this.#scheduled = false;
      if (this.#stuck === undefined && this.#lines.length > 0) this.flush();
    };
    const { gatherMs, now, afterTurn, later } = this.#ports;
    const wait = this.#writtenAt + gatherMs - now();
    if (wait <= 0) afterTurn(work);
    else later(wait, work);
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
