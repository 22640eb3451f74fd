import { inOrder } from '../../core/in-order.ts';
import type { Suspension } from '../../core/site/concurrency.ts';
import type { QueueStore } from './queue-store.ts';

/** Redis waits for the disk once for so many. */
const FORGOTTEN_AT_ONCE = 20;

/** Destinations that are suspended now. */
export async function suspendedNow(
  store: Pick<QueueStore, 'suspensions'>,
  now: number,
): Promise<ReadonlyMap<string, Suspension>> {
  const current = new Map<string, Suspension>();
  for (const [destination, suspension] of await store.suspensions()) {
    if (suspension !== undefined && suspension.until > now) current.set(destination, suspension);
  }
  return current;
}

/** Removes suspensions that are over and for which no mail waits. */
export async function forgetOldSuspensions(
  store: Pick<QueueStore, 'suspensions' | 'isAwaited' | 'unsuspend'>,
  now: number,
): Promise<void> {
  const over = [...(await store.suspensions())].flatMap(([destination, suspension]) =>
    (suspension?.until ?? 0) > now ? [] : [destination],
  );
  const forget = async (destination: string): Promise<void> => {
    if (!(await store.isAwaited(destination))) await store.unsuspend([destination]);
  };
  for await (const _ of inOrder(over, FORGOTTEN_AT_ONCE, forget));
}
