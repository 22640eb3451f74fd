import type { Suspension } from '../../core/site/concurrency.ts';
import type { QueueStore } from './queue-store.ts';

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
  for (const [destination, suspension] of await store.suspensions()) {
    const isOver = !((suspension?.until ?? 0) > now);
    if (isOver && !(await store.isAwaited(destination))) await store.unsuspend([destination]);
  }
}
