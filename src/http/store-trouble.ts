import type { Problem } from './problem.ts';

/** The store cannot be asked now. */
export const storeAway: Problem = {
  status: 503,
  kind: 'relay-trouble',
  detail: 'the store does not answer at the moment',
  retryAfter: 30,
};
