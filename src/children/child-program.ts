import type { Severity } from '../core/log/log-event.ts';

/** A program to be kept running. */
export interface ChildProgram {
  /** Its name in the log. */
  readonly name: string;
  readonly executable: string;
  readonly args: readonly string[];
  /** Working directory. */
  readonly directory: string;
  /** The text that the program reads from `descriptorPath`; called at each start. */
  readonly descriptor?: () => string;
  /** Written at each start, for a later relay that finds the program running. */
  readonly pidFile?: string;
  /** Why it may have ended as it did, judging by its last lines; empty if there is nothing to add. */
  readonly hint?: (lastLines: readonly string[]) => string;
  /** Where to get the program: a Debian package. */
  readonly debianPackage: string;
  /** True when it serves; before that, a text that says what it is busy with. */
  readonly ready: () => Promise<boolean | string>;
  /** How long it may take to become ready, not counting the time in which it says that it is busy. */
  readonly startTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** It counts as hanging after this many probes in a row that find it not ready, with this pause after each. */
  readonly hangs: { readonly probeMs: number; readonly probes: number };
  readonly severityOf: (line: string) => Severity | undefined;
  /** Called before each start; throws ChildError if the program must not be started. */
  readonly prepare?: () => Promise<void>;
  /**
   * Called after a failed start, with the program's output. True if the obstacle was removed and the start may be
   * repeated at once. Throws ChildError if it knows a better reason than the program.
   */
  readonly mend?: (said: string) => Promise<boolean>;
}
