import type { SettleAnswer } from '../scripts/settle.ts';

/**
 * What became of a verdict. `gone`: it is stored, and nobody waits for the message any more. `stays`: it is stored, and
 * somebody does. `not ours`: it is not stored, because another run has taken the message over or the operator deleted it.
 * `unknown`: the same, but the answer to a first try was lost with its connection, and Redis may have carried that out.
 */
export type Settled = 'gone' | 'stays' | 'not ours' | 'unknown';

/** Reads the answer to `settle`. What was sent again with a new connection may have been carried out the first time. */
export function settledBy(
  answer: SettleAnswer,
  { sentAgain, hasReports }: { readonly sentAgain: boolean; readonly hasReports: boolean },
): Settled {
  if (answer.isOurs) return answer.isGone ? 'gone' : 'stays';
  if (!sentAgain) return 'not ours';
  const isStored = answer.isSame || (!answer.waits && !hasReports);
  if (!isStored) return 'unknown';
  return answer.isThere ? 'stays' : 'gone';
}
