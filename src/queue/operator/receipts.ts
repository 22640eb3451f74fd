import type { KeptLimits } from '../../core/mail/kept.ts';
import type { QueueStore } from '../store/queue-store.ts';

export interface ReceiptPorts {
  readonly store: Pick<QueueStore, 'receipts'>;
  readonly now: () => number;
  readonly receipts?: Pick<KeptLimits, 'keptMs'> | undefined;
}

/** Receipts of a message, in the order of its recipients; none of one that was kept for long enough. */
export async function receiptsOf(
  queueId: string,
  { store, now, receipts: limits }: ReceiptPorts,
): Promise<readonly string[]> {
  const { at, texts } = await store.receipts(queueId);
  if (limits !== undefined && at < now() - limits.keptMs) return [];
  return [...texts].toSorted(([one], [other]) => Number(one) - Number(other)).map(([, text]) => text);
}
