/** An option: how it is written, and what its help says. */
export interface OptionRow {
  /** One letter, without its dash. */
  readonly short?: string;
  /** What stands for its value in help texts; an option without one is a switch. */
  readonly value?: string;
  /** The values that there are, where they can be listed. */
  readonly choices?: readonly string[];
  /** It may be given several times. */
  readonly repeats?: true;
  readonly text: string;
}
