import type { OptionName } from '../options/options.ts';

/** What a command takes besides options. */
export interface OperandsRow {
  /** As in `queue delete <ID...>`. */
  readonly usage: string;
  /** One of them, in the midst of a sentence. */
  readonly one: string;
  readonly choices?: readonly string[];
  readonly text: string;
}

/** A command: what it takes, and what its help says. */
export interface CommandRow {
  /** For the list of commands: what it does, in a few words. */
  readonly summary: string;
  /** Paragraphs. */
  readonly text: readonly string[];
  readonly operands?: OperandsRow;
  readonly options: readonly OptionName[];
  /** What an option says here, where it says something else elsewhere. */
  readonly optionTexts?: Readonly<Partial<Record<OptionName, string>>>;
  readonly example: string;
  /** The version that it came with, if that is not 0.1. */
  readonly since?: string;
}

/** The first word of commands that have two, and what these have in common. */
export interface GroupRow {
  readonly text: string;
  readonly example: string;
}

/** The options that commands take which read the settings. */
export const settings = ['config', 'set'] as const;
