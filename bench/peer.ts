/** An MTA under measurement. */
export interface Peer extends AsyncDisposable {
  /** As in the table of results. */
  readonly name: string;
  /** Where it takes mail. */
  readonly address: string;
  readonly port: number;
  /** Processes that are, with their descendants, all of it. */
  readonly roots: readonly number[];
  /** Its mail log. */
  readonly logFiles: readonly string[];
}
