import type { Writable } from 'node:stream';

/** How far something is. */
export interface ProgressBar {
  /** @param what a few words behind the numbers */
  show(done: number, what?: string): void;
  /** Takes the bar away. */
  end(): void;
}

const WIDTH = 30;
/** A terminal is told no more often. */
const PAUSE_MS = 100;

/** A bar on a terminal, in one line; nothing where nobody looks. */
export function progressBar(
  stream: Writable & { readonly isTTY?: boolean },
  total: number,
  now: () => number = Date.now,
): ProgressBar {
  if (stream.isTTY !== true || total === 0) return { show: () => {}, end: () => {} };
  let shownAt = -Infinity;
  return {
    show(done, what = '') {
      if (done < total && now() - shownAt < PAUSE_MS) return;
      shownAt = now();
      stream.write(`\r${barText(done, total)} ${what}\u001b[K`);
    },
    end: () => void stream.write('\r\u001b[K'),
  };
}

/** `[##########                    ] 4/12` */
export function barText(done: number, total: number): string {
  const full = Math.round((WIDTH * Math.min(done, total)) / total);
  return `[${'#'.repeat(full)}${' '.repeat(WIDTH - full)}] ${done}/${total}`;
}
