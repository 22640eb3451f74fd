/** A program of ours that cannot be run: a fault in our own house, with words for the operator. */
export class ChildError extends Error {
  override name = 'ChildError';
  readonly code = 'CHILD_FAILED';
  /** It will not pass by itself. */
  readonly isLasting: boolean = false;
}
