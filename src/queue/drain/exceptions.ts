import { isInForce } from '../../core/tls-policy/exception.ts';
import { openExceptions } from '../operator/exceptions.ts';
import { QueueError } from '../redis/queue-error.ts';
import type { QueueStore } from '../store/queue-store.ts';

/** What is done about exceptions of `dane-relay except` that the target has not: `copy`, `leave`, or nothing is moved. */
export type ExceptionWish = 'copy' | 'leave' | 'refuse';

/**
 * The mail that is moved is delivered by the policy of the target. An exception asks for more or for less than that, and
 * only the operator knows whether it is meant there. Throws QueueError.
 */
export async function settleExceptions(
  wish: ExceptionWish,
  here: QueueStore,
  there: QueueStore,
  now: () => number,
): Promise<void> {
  if (wish === 'leave') return;
  const target = openExceptions(there, now);
  const known = new Map((await target.read()).exceptions.map((one) => [one.name, one]));
  const { exceptions } = await openExceptions(here, now).read();
  const missing = exceptions.filter((one) => {
    const other = known.get(one.name);
    const isThere = other?.level === one.level && other.until >= one.until;
    return isInForce(one, now()) && !isThere;
  });
  if (missing.length === 0) return;
  const other = missing.filter(({ name }) => known.has(name));
  const names = (wish === 'copy' ? other : missing).map(({ name, level }) => `${name} (${level})`).join(', ');
  if (wish === 'refuse')
    throw refused(
      `the target has not the exceptions for ${names}: say --exceptions copy or --exceptions leave`,
    );
  if (names !== '') throw refused(`the target has other exceptions for ${names}: say --exceptions leave`);
  for (const exception of missing)
    if ((await target.set(exception)) === 'full') throw refused('the target has too many exceptions');
}

function refused(why: string): QueueError {
  return new QueueError('QUEUE_UNSAFE', why);
}
