import type { Writable } from 'node:stream';

/** Where the lines of a command go. Whoever reads them may leave at any time, as `head` does: that is no fault. */
export interface Output {
  /** False once nobody reads any more: a list need not go on, an action comes to its end all the same. */
  print(line: string): boolean;
  /** Throws OutputError when something that somebody wants to read could not be written. */
  check(): void;
}

/** A disk is full, say: what was to be read is not there. */
export class OutputError extends Error {
  override readonly name = 'OutputError';
  readonly code = 'OUTPUT';
}

export function openOutput(stream: Writable): Output {
  let failure: NodeJS.ErrnoException | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => (failure ??= error));
  return {
    print(line) {
      if (failure === undefined) stream.write(`${line}\n`);
      return failure === undefined;
    },
    check() {
      if (failure === undefined || failure.code === 'EPIPE') return;
      throw new OutputError(`cannot write the output: ${failure.message}`, { cause: failure });
    },
  };
}
