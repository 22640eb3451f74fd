import type { Command } from '../cli/arguments.ts';
import type { Environment } from '../config/environment.ts';

/** Where a command runs. */
export interface Here {
  readonly environment: Environment & { readonly warn: (text: string) => void };
  /** Writes a line to standard output; false once nobody reads it. */
  readonly print: (line: string) => boolean;
  /** Writes a line to standard error. */
  readonly warn: (text: string) => void;
}

/**
 * Does what a command asks for; resolves to its exit code. What it needs beyond this folder is loaded when it is
 * called.
 */
export type Runner = (command: Command, here: Here) => Promise<number>;
