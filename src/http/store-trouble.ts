import type { Problem } from './problem.ts';

/** The store cannot be asked now. */
export const storeAway: Problem = {
  status: 503,
  kind: 'relay-trouble',
  detail: 'the store does not answer at the moment',
  retryAfter: 30,
};

export function isStoreTrouble(error: unknown): boolean {
  return error instanceof Error && 'code' in error && String(error.code).startsWith('QUEUE_');
}
