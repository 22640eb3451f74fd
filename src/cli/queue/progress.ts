import type { WriteStream } from 'node:tty';

/** A bar on a terminal, for what takes longer than a moment. */
export interface Progress {
  /** So much is done by now. */
  at(done: number): void;
  /** Removes the bar. */
  end(): void;
}

/** No bar for what is done at once, and not more of them than eyes can follow. */
const PATIENCE_MS = 500;
const STEP_MS = 100;
const WIDTH = 30;

/** Where there is no terminal, nothing is shown. @param what in the plural */
export function showProgress(
  { isTTY, write }: Pick<WriteStream, 'isTTY'> & { readonly write: (text: string) => unknown },
  what: string,
  total: number,
  clock: () => number = () => performance.now(),
): Progress {
  let shownAt = clock() + PATIENCE_MS - STEP_MS;
  let isShown = false;
  return {
    at(done) {
      if (!isTTY || clock() - shownAt < STEP_MS) return;
      shownAt = clock();
      isShown = true;
      const share = Math.min(1, total === 0 ? 1 : done / total);
      const bar = '#'.repeat(Math.floor(share * WIDTH)).padEnd(WIDTH, '.');
      write(
        `\r[${bar}] ${String(Math.floor(share * 100)).padStart(3)} %, ${done} of ${total} ${what}\u001b[K`,
      );
    },
    end() {
      if (isShown) write('\r\u001b[K');
    },
  };
}
