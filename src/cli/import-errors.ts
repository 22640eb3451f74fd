/** There is nothing to read. The message is for the operator. */
export class NoInputError extends Error {
  override readonly name = 'NoInputError';
  readonly code = 'NO_INPUT';
  /** EX_NOINPUT of sysexits. */
  readonly exitCode = 66;
}

/** A file stands in the way, or cannot be written. The message is for the operator. */
export class CannotCreateError extends Error {
  override readonly name = 'CannotCreateError';
  readonly code = 'CANNOT_CREATE';
  /** EX_CANTCREAT of sysexits. */
  readonly exitCode = 73;
}
