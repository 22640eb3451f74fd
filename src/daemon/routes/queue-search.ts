import { jsonAnswer, troubleAnswer, type StatusRoute } from '../../status/route.ts';
import type { QueuedDelivery } from '../../queue/open-queue.ts';

/** Entries of an answer. */
const MOST_FOUND = 100;
/** Entries that one search looks at: a longer queue is searched by the command. */
const MOST_LOOKED_AT = 200_000;
/** Characters of a reason that are looked at, and of what is searched for. */
const REASON_CHARACTERS = 4_096;
const QUERY_CHARACTERS = 200;

const away = troubleAnswer(503, 'the queue cannot be read now');

/**
 * `GET /api/search?q=TEXT`: what waits and has the text in its id, an address, its destination or its reason, in any case.
 * One search at a time.
 */
export function queueSearchRoute(
  list: () => AsyncIterable<QueuedDelivery> | undefined,
  now: () => number,
): StatusRoute {
  let isBusy = false;
  return {
    method: 'GET',
    path: '/api/search',
    level: 'look',
    async answer({ url, signal }) {
      const wanted = (url.searchParams.get('q') ?? '').toLowerCase();
      if (wanted.length > QUERY_CHARACTERS)
        return troubleAnswer(400, `q has ${QUERY_CHARACTERS} characters at most`);
      const queue = list();
      if (queue === undefined) return away;
      if (isBusy) return troubleAnswer(503, 'another search is under way: try again');
      isBusy = true;
      try {
        return jsonAnswer({ schema: 1, at: now(), ...(await search(queue, wanted, signal)) });
      } catch (error) {
        // It was lost in the midst of it.
        if (list() === undefined) return away;
        throw error;
      } finally {
        isBusy = false;
      }
    },
  };
}

async function search(
  queue: AsyncIterable<QueuedDelivery>,
  wanted: string,
  signal: AbortSignal,
): Promise<{ readonly deliveries: readonly QueuedDelivery[]; readonly more: boolean }> {
  const deliveries: QueuedDelivery[] = [];
  let looked = 0;
  for await (const one of queue) {
    looked += 1;
    if (looked > MOST_LOOKED_AT || signal.aborted) return { deliveries, more: true };
    if (!has(one, wanted)) continue;
    if (deliveries.length === MOST_FOUND) return { deliveries, more: true };
    deliveries.push(one);
  }
  return { deliveries, more: false };
}

function has(
  { queueId, destination, sender, recipients, dsn = '', reason = '' }: QueuedDelivery,
  wanted: string,
): boolean {
  const within = (text: string): boolean => text.toLowerCase().includes(wanted);
  return (
    within(queueId) ||
    within(destination) ||
    within(sender) ||
    recipients.some(within) ||
    within(`${dsn} ${reason}`.slice(0, REASON_CHARACTERS))
  );
}
