import { closeSync, constants, fstatSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Line, Outlet } from './line.ts';

/** PIPE_BUF of Linux: writes of up to this size by several processes to one pipe are never interleaved. */
const MOST_IN_PIPE = 4096;
/** What is appended to a file is never interleaved; a write should not hold the event loop. */
const MOST_IN_FILE = 65_536;

/**
 * Opens a file for appending lines, and makes it and its directory if they are missing. Writing to it never blocks,
 * even if it is a FIFO that nobody reads. Throws the error of the operating system.
 */
export function openLogFile(name: string): number {
  mkdirSync(dirname(name), { recursive: true });
  const { O_WRONLY, O_APPEND, O_CREAT, O_NONBLOCK, O_NOCTTY } = constants;
  return openSync(name, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK | O_NOCTTY, 0o666);
}

/** A descriptor of the standard output (1) or error (2) on which writing does not block. */
export function openStandard(descriptor: 1 | 2): number {
  const found = fstatSync(descriptor);
  if (found.isFIFO() || found.isCharacterDevice()) {
    try {
      // It is opened again, because on the original descriptor the flag would apply to every process that writes there.
      const { O_WRONLY, O_APPEND, O_NONBLOCK, O_NOCTTY } = constants;
      return openSync(`/proc/self/fd/${descriptor}`, O_WRONLY | O_APPEND | O_NONBLOCK | O_NOCTTY);
    } catch {
      // The pipe or the terminal is another user's.
    }
  }
  // Node sets the flag on a pipe or socket when it makes a stream of it, and takes it off again when it ends.
  void (descriptor === 1 ? process.stdout : process.stderr);
  return descriptor;
}

/** Writes lines into a file or a pipe. */
export class DescriptorOutlet implements Outlet {
  #descriptor: number;
  /** A line of which the first octets are written. */
  #begun: { readonly line: Line; readonly octets: number } | undefined;

  #mostOctets: number;

  constructor(descriptor: number) {
    this.#descriptor = descriptor;
    this.#mostOctets = mostAtOnce(descriptor);
  }

  write(lines: readonly Line[]): number {
    let taken = 0;
    try {
      while (taken < lines.length) {
        const part = atOnce(lines, taken, this.#mostOctets);
        const octets = Buffer.from(part.map(({ text }) => text).join(''));
        const there = this.#begun?.line === part[0] ? (this.#begun?.octets ?? 0) : 0;
        const written = there + writeSync(this.#descriptor, octets.subarray(there));
        if (written < octets.length) return taken + this.#count(part, written);
        this.#begun = undefined;
        taken += part.length;
      }
    } catch (error) {
      // Reports what was written first; the next call meets the same error.
      if (taken === 0 && !isBusy(error)) throw error;
    }
    return taken;
  }

  /** Changes to another descriptor and closes this one. A line that was begun here is written there as a whole. */
  replace(descriptor: number): void {
    closeSync(this.#descriptor);
    this.#descriptor = descriptor;
    this.#mostOctets = mostAtOnce(descriptor);
    this.#begun = undefined;
  }

  /** How many whole lines of a part the given number of octets covers. */
  #count(part: readonly Line[], written: number): number {
    let left = written;
    for (const [index, line] of part.entries()) {
      const length = Buffer.byteLength(line.text);
      if (left < length) {
        this.#begun = { line, octets: left };
        return index;
      }
      left -= length;
    }
    return part.length;
  }
}

function mostAtOnce(descriptor: number): number {
  return fstatSync(descriptor).isFile() ? MOST_IN_FILE : MOST_IN_PIPE;
}

/** As many lines as fit into one write, and at least one. */
function atOnce(lines: readonly Line[], from: number, most: number): readonly Line[] {
  let length = 0;
  let end = from;
  for (; end < lines.length; end += 1) {
    length += lines[end]?.text.length ?? 0;
    if (length > most && end > from) break;
  }
  return lines.slice(from, end);
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && 'code' in error && (error.code === 'EAGAIN' || error.code === 'EBUSY');
}
