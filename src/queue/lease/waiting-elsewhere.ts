import type { WaitingElsewhere } from '../../core/delivery/outcome.ts';
import type { Message } from '../../core/mail/message.ts';
import type { QueueStore } from '../store/queue-store.ts';
import { decodeProgress, type Routing } from '../forms/record.ts';

/** Number of destinations whose progress is read at a time. */
const PAGE = 500;

/**
 * Recipients of a message that wait at destinations other than `here`, after a failed attempt there. Throws QueueError.
 */
export async function waitingElsewhere(
  message: Message,
  routing: Routing,
  here: string,
  store: Pick<QueueStore, 'progress'>,
): Promise<readonly WaitingElsewhere[]> {
  const others = [...routing.keys()].filter((other) => other !== here);
  const found: WaitingElsewhere[] = [];
  for (let start = 0; start < others.length; start += PAGE) {
    const page = others.slice(start, start + PAGE);
    const progress = await store.progress(message.queueId, page);
    for (const [place, other] of page.entries()) {
      found.push(...waitingBy(message, routing.get(other) ?? [], progress[place] ?? ''));
    }
  }
  return found;
}

/** Those of `indexes` that wait at a destination with that progress, after a failed attempt. */
function waitingBy(
  { envelope: { recipients } }: Message,
  indexes: readonly number[],
  progressText: string,
): readonly WaitingElsewhere[] {
  if (progressText === '') return [];
  const { left, last } = decodeProgress(progressText);
  if (last === undefined) return [];
  return left.flatMap((index) => {
    const recipient = recipients[index];
    return recipient === undefined || !indexes.includes(index) ? [] : [{ index, recipient, last }];
  });
}
