/** Whether a queue said that it cannot do something now, which is no mistake of ours: its errors have codes `QUEUE_…`. */
export function isQueueTrouble(error: unknown): error is Error & { readonly code: string } {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('QUEUE_');
}
