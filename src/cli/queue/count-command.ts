import { queuedStates, type QueuedState } from '../../core/delivery/queue-filter.ts';
import type { QueuedDelivery } from '../../queue/open-queue.ts';
import { countText } from '../../core/mail/count-text.ts';
import { duration } from '../../core/duration-text.ts';

/** `dane-relay queue count`: how much waits, by state. */
export async function countCommand(
  deliveries: AsyncIterable<QueuedDelivery>,
  {
    json,
    now,
    print,
  }: { readonly json: boolean; readonly now: number; readonly print: (line: string) => boolean },
): Promise<true> {
  const states = Object.fromEntries(queuedStates.map((state) => [state, 0])) as Record<QueuedState, number>;
  let count = 0;
  let bytes = 0;
  let oldest = Infinity;
  for await (const { state, size, arrivedAt } of deliveries) {
    states[state] += 1;
    count += 1;
    bytes += size;
    oldest = Math.min(oldest, arrivedAt);
  }
  if (json) {
    print(
      JSON.stringify({ schema: 1, deliveries: count, bytes, ...(count > 0 && { oldestAt: oldest }), states }),
    );
    return true;
  }
  const parts = queuedStates.flatMap((state) => (states[state] > 0 ? [`${states[state]} ${state}`] : []));
  const age = count === 0 ? '' : `, the oldest ${duration(now - oldest)} old`;
  print(
    count === 0
      ? '0 deliveries'
      : `${countText(count, 'delivery', 'deliveries')} of ${Math.ceil(bytes / 1024)} KiB${age}: ${parts.join(', ')}`,
  );
  return true;
}
