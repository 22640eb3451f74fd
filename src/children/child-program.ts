import type { Severity } from '../core/log/log-event.ts';

/** A program to be kept running. */
export interface ChildProgram {
  /** In the log. */
  readonly name: string;
  readonly executable: string;
  readonly args: readonly string[];
  /** Working directory. */
  readonly directory: string;
  /** What the program is to read from `descriptorPath`, asked for at each start. */
  readonly descriptor?: () => string;
  /** Written at each start, for those who come after us. */
  readonly pidFile?: string;
  /** Why it may have ended as it did, judging by its last lines; empty where there is nothing to add. */
  readonly hint?: (lastLines: readonly string[]) => string;
  /** Where to get the program: a Debian package. */
  readonly debianPackage: string;
  /** True when it serves; a text says what it is busy with before that. */
  readonly ready: () => Promise<boolean | string>;
  /** How long it may take to be ready, not counting the time in which it says that it is busy. */
  readonly startTimeoutMs: number;
  /** From SIGTERM to SIGKILL. */
  readonly stopTimeoutMs: number;
  /** It hangs when so many probes in a row find it not ready; each begins so long after the last one ended. */
  readonly hangs: { readonly probeMs: number; readonly probes: number };
  readonly severityOf: (line: string) => Severity | undefined;
  /** Before each start; throws ChildError when there must be none. */
  readonly prepare?: () => Promise<void>;
  /**
   * After a start that failed, with what the program said: true when what was in its way is out of it, and it may be tried
   * again at once. Throws ChildError with the reason, if it knows better than the program.
   */
  readonly mend?: (said: string) => Promise<boolean>;
}
