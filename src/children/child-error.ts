/** A program of the relay cannot be run. The message is for the operator. */
export class ChildError extends Error {
  override name = 'ChildError';
  readonly code = 'CHILD_FAILED';
  /** The trouble will not pass by itself. */
  readonly isLasting: boolean = false;
}
