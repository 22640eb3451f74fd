import type { Change } from './validation-words.ts';

export interface ChangeLogOptions {
  readonly write: (change: Change) => void;
  /** This many changes in a window get a line each. Further ones share a line at its end. */
  readonly maxLines: number;
  readonly windowMs: number;
}

export interface ChangeLog {
  tell(change: Change): void;
  stop(): void;
}

/** Writes a line for every change, but a summary for a resolver whose state changes all the time. */
export function createChangeLog({ write, maxLines, windowMs }: ChangeLogOptions): ChangeLog {
  let timer: NodeJS.Timeout | undefined;
  let lines = 0;
  let unsaid = 0;
  let last: Change | undefined;

  function openWindow(): void {
    timer = setTimeout(closeWindow, windowMs);
    timer.unref();
  }

  function closeWindow(): void {
    timer = undefined;
    lines = 0;
    if (last === undefined) return;
    const seconds = Math.round(windowMs / 1000);
    const { text, ...rest } = last;
    write({ ...rest, text: `${text} (changed ${unsaid} more times in ${seconds} s)` });
    // It still changes, so the next window has room only for its summary.
    lines = maxLines;
    unsaid = 0;
    last = undefined;
    openWindow();
  }

  return {
    tell(change) {
      if (timer === undefined) openWindow();
      if (lines < maxLines) {
        lines += 1;
        write(change);
        return;
      }
      unsaid += 1;
      last = change;
    },
    stop: () => clearTimeout(timer),
  };
}
