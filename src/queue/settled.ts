import { list, type Raw } from './redis.ts';

/**
 * What became of a verdict. `gone`: it is stored, and nobody waits for the message any more. `stays`: it is stored, and
 * somebody does. `not ours`: it is not stored, because another run has taken the message over or the operator deleted it.
 * `unknown`: the same, but the answer to a first try was lost with its connection, and Redis may have carried that out.
 */
export type Settled = 'gone' | 'stays' | 'not ours' | 'unknown';

/** Reads the answer to `settle`. What was sent again with a new connection may have been carried out the first time. */
export function settledBy(
  raw: Raw,
  { sentAgain, hasReports }: { readonly sentAgain: boolean; readonly hasReports: boolean },
): Settled {
  const [result, , same, waits, isThere] = list(raw);
  if (result !== -1) return result === 1 ? 'gone' : 'stays';
  if (!sentAgain) return 'not ours';
  const isStored = same === 1 || (waits === 0 && !hasReports);
  if (!isStored) return 'unknown';
  return isThere === 1 ? 'stays' : 'gone';
}
