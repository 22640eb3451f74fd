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

/** Controls above ASCII, and what changes how the text around it is shown. JSON leaves them as they are. */
const unseen = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu;

/** Text of others steers no terminal: what does not show is written as in JSON, where it means the same. */
function shown(line: string): string {
  return line.replace(unseen, (found) =>
    Array.from({ length: found.length }, (_, at) => escaped(found.charCodeAt(at))).join(''),
  );
}

function escaped(unit: number): string {
  return `\\u${unit.toString(16).padStart(4, '0')}`;
}

export function openOutput(stream: Writable): Output {
  let failure: NodeJS.ErrnoException | undefined;
  stream.on('error', (error: NodeJS.ErrnoException) => (failure ??= error));
  return {
    print(line) {
      if (failure === undefined) stream.write(`${shown(line)}\n`);
      return failure === undefined;
    },
    check() {
      if (failure === undefined || failure.code === 'EPIPE') return;
      throw new OutputError(`cannot write the output: ${failure.message}`, { cause: failure });
    },
  };
}
