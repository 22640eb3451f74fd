/** What a file holds is not what the command needs. The message is for the operator. */
export class InputError extends Error {
  override readonly name = 'InputError';
  readonly code = 'INPUT';
  /** EX_DATAERR of sysexits. */
  readonly exitCode = 65;
}
