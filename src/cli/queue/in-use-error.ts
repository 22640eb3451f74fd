/** A relay works on the queue that was to be exported. */
export class InUseError extends Error {
  override readonly name = 'InUseError';
  readonly code = 'IN_USE';
}
