import type { Settled } from '../../core/delivery/outcome.ts';
import type { SettleAnswer } from '../scripts/settle.ts';

/**
 * Reads the answer to `settle`. A command that was sent again over a new connection may have been carried out the first
 * time.
 */
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
