import type { Component } from '../core/log/log-event.ts';

/** A line to be written. */
export interface Line {
  readonly component: Component;
  /** With its line break. */
  readonly text: string;
}

/** Where lines go. */
export interface Outlet {
  /**
   * Writes lines in order, as many as are taken now, and returns their number; 0 if the reader is behind. Never blocks.
   * Throws the error of the operating system if it refuses for another reason.
   */
  write(lines: readonly Line[]): number;
}

/** An outlet that calls back when it takes lines again. */
export interface ReadyOutlet extends Outlet {
  onReady(tell: () => void): void;
}
