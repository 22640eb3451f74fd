import type { Writable } from 'node:stream';

/** The output of a command. Its reader may leave at any time, as `head` does, which is no fault. */
export interface Output {
  /** False once there is no reader any more: a list need not go on, but an action still runs to its end. */
  print(line: string): boolean;
  /** Throws OutputError if output that has a reader could not be written. */
  check(): void;
}

/** The output is incomplete, because of a full disk for example. */
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
