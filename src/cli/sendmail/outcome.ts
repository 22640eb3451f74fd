/** sysexits(3), as far as sendmail uses them. */
export const EX_OK = 0;
export const EX_USAGE = 64;
export const EX_DATAERR = 65;
export const EX_NOUSER = 67;
export const EX_UNAVAILABLE = 69;
export const EX_TEMPFAIL = 75;

/** What a call came to: the status to exit with, and words for standard error. */
export interface Outcome {
  readonly exitCode: number;
  readonly text?: string;
}
