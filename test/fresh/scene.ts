import type { Machine } from './machine.ts';

/** What there is when a command has been played. */
export interface Scene {
  /** Where it was, with Node and the clone. */
  readonly machine: Machine;
  readonly user: string;
  /** Starts a machine with nothing but Debian. */
  bareMachine(): Promise<Machine>;
  say(text: string): void;
}
