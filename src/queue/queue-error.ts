/** Our own house: the store did not take or give something. Mail is neither bounced nor answered for because of it. */
export class QueueError extends Error {
  override readonly name = 'QueueError';
  /** UNAVAILABLE: Redis is gone, loading, read-only or unsafe. FULL: it has no room for more. */
  readonly code: 'QUEUE_UNAVAILABLE' | 'QUEUE_FULL' | 'QUEUE_UNSAFE';

  constructor(code: QueueError['code'], message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** Redis says OOM when `maxmemory` is reached under `noeviction`; everything else means "not now". */
export function asQueueError(error: unknown): QueueError {
  if (error instanceof QueueError) return error;
  const text = error instanceof Error ? error.message : String(error);
  const code = text.startsWith('OOM') ? 'QUEUE_FULL' : 'QUEUE_UNAVAILABLE';
  return new QueueError(code, `Redis: ${text}`, { cause: error });
}
