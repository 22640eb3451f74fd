/** The command line makes no sense. The message is a sentence and a hint, for the operator. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly code = 'USAGE';
  /** EX_USAGE of sysexits. */
  readonly exitCode = 64;
}
