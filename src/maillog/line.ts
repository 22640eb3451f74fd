import type { Component } from '../core/log/log-event.ts';

/** A line on its way out. */
export interface Line {
  readonly component: Component;
  /** With its line break. */
  readonly text: string;
}

/** Where lines go. */
export interface Outlet {
  /**
   * Writes lines, the first ones first, as far as they are taken at this moment, and returns how many that were; 0 where
   * whoever reads them is behind. Never waits. Throws what the operating system says when it refuses for another reason.
   */
  write(lines: readonly Line[]): number;
}

/** An outlet that can say when it takes lines again, and does. */
export interface ReadyOutlet extends Outlet {
  onReady(tell: () => void): void;
}
