import type { Config } from '../config/config.ts';
import { keptLimits } from '../config/kept-limits.ts';
import { receiptLimits } from '../config/receipt-limits.ts';
import type { Environment } from '../config/environment.ts';
import { closest } from '../config/suggest.ts';
import { countText } from '../core/mail/count-text.ts';
import { duration } from '../core/duration-text.ts';
import { printable } from '../core/mail/printable.ts';
import { longestWait } from '../core/outcome/schedule.ts';
import { openQueue, type Queue, type QueuedDelivery, type QueueFilter } from '../queue/open-queue.ts';
import type { ListedDrop } from '../maildrop/list-maildrop.ts';
import { withRedis } from './reach-redis.ts';

export type { Queue };

/** As Output.print. */
type Print = (line: string) => boolean;

/** `dane-relay queue list`: a line for each delivery that waits, or with `json` an object a line; as far as it is read. */
export async function listCommand(
  queue: Queue,
  { json, now, filter, dropped, print }: ListOptions,
): Promise<boolean> {
  const counts = { incoming: 0, active: 0, deferred: 0, held: 0, hold: 0 };
  let bytes = 0;
  for await (const delivery of queue.list(filter && { filter })) {
    counts[delivery.state] += 1;
    bytes += delivery.size;
    const lines = json ? [JSON.stringify(delivery)] : describe(delivery, now).map(printable);
    if (!lines.every((line) => print(line))) return true;
  }
  let inMaildrop = 0;
  for await (const drop of dropped) {
    inMaildrop += 1;
    bytes += drop.size;
    const lines = json
      ? [JSON.stringify({ ...drop, state: 'maildrop' })]
      : describeDrop(drop, now).map(printable);
    if (!lines.every((line) => print(line))) return true;
  }
  if (json) return true;
  const total = counts.incoming + counts.active + counts.deferred + counts.held + counts.hold + inMaildrop;
  if (total === 0) print(filter === undefined ? 'Mail queue is empty' : 'Nothing of that waits');
  else
    print(
      `-- ${Math.ceil(bytes / 1024)} KiB in ${countText(total, 'delivery', 'deliveries')}: ${counts.deferred} deferred, ${counts.active} active, ${counts.incoming} incoming, ${counts.held} held${counts.hold === 0 ? '' : `, ${counts.hold} on hold`}${inMaildrop === 0 ? '' : `, ${inMaildrop} in the maildrop`}`,
    );
  if (filter !== undefined) return true;
  // If Redis refuses to count them, the list is still complete.
  const unfinished = await queue.unfinished().catch(() => undefined);
  if (unfinished === undefined || unfinished.messages === 0) return true;
  return print(
    `-- and ${Math.ceil(unfinished.bytes / 1024)} KiB of ${unfinished.messages} messages that are not complete: nobody has got a 250 for them`,
  );
}

/** How `queue list` shows what it lists. */
export interface ListOptions {
  readonly json: boolean;
  readonly now: number;
  /** Only what is meant, and nothing of what is no delivery yet. */
  readonly filter?: QueueFilter;
  /** What programs of this machine left for a relay that did not run. */
  readonly dropped: AsyncIterable<ListedDrop>;
  readonly print: Print;
}

function describeDrop(
  { queueId, size, arrivedAt, uid, sender, recipients }: ListedDrop,
  now: number,
): readonly string[] {
  return [
    `${queueId}  ${size} bytes, ${duration(now - arrivedAt)} old, from <${sender}>, uid ${uid}, in the maildrop: not picked up yet`,
    ...recipients.map((recipient) => `    <${recipient}>`),
  ];
}

function describe(delivery: QueuedDelivery, now: number): readonly string[] {
  const { queueId, state, size, arrivedAt, sender, destination, attempts } = delivery;
  const { nextAt, postponed, dsn, reason, recipients } = delivery;
  const mark =
    (state === 'active' ? '*' : state === 'held' || state === 'hold' ? '!' : '') +
    (delivery.forceExpired ? '#' : '');
  const next =
    nextAt === undefined
      ? state === 'held'
        ? 'held'
        : state === 'hold'
          ? 'on hold'
          : 'being delivered'
      : nextAt <= now
        ? 'due now'
        : `next try in ${duration(nextAt - now)}`;
  const left = (delivery.suspendedUntil ?? now) - now;
  const suspended = left > 0 ? `, destination suspended for ${duration(left)}` : '';
  return [
    `${(queueId + mark).padEnd(queueId.length + 1)} ${size} bytes, ${duration(now - arrivedAt)} old, from <${sender}>, to ${destination}, ${countText(attempts, 'attempt')}, ${next}${suspended}`,
    ...(postponed === undefined ? [] : [`    (waits: ${postponed})`]),
    ...(reason === undefined ? [] : [`    (${dsn ?? ''} ${reason})`]),
    ...recipients.map((recipient) => `    <${recipient}>`),
  ];
}

/**
 * `dane-relay queue flush`: makes every deferred delivery due now, or those that are named. True if every name stood for
 * something.
 */
export async function flushCommand(queue: Queue, names: readonly string[], print: Print): Promise<boolean> {
  if (names.length === 0) {
    print(dueNow(await queue.flush()));
    return true;
  }
  const results = await queue.flushNamed(names);
  const unknown = results.filter(({ flushed, due, held }) => flushed + due + held === 0);
  const near = unknown.length === 0 ? [] : await destinationsOf(queue);
  for (const { name, flushed, due, held } of results) {
    if (flushed + due + held === 0) {
      const meant = closest(name.toLowerCase(), near).slice(0, 3);
      const hint = meant.length === 0 ? '' : `; did you mean ${meant.join(' or ')}?`;
      print(`${name}: nothing waits for it${hint}`);
    } else if (flushed === 0) {
      print(`${name}: ${due > 0 ? 'due already' : 'held until "queue release" or "queue delete"'}`);
    }
  }
  print(dueNow(results.reduce((sum, { flushed }) => sum + flushed, 0)));
  return unknown.length === 0;
}

/** `1 delivery is due now` */
export function dueNow(flushed: number): string {
  return `${countText(flushed, 'delivery', 'deliveries')} ${flushed === 1 ? 'is' : 'are'} due now`;
}

async function destinationsOf(queue: Queue): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const { destination } of queue.list()) names.add(destination);
  return [...names];
}

/**
 * Opens the queue of this configuration, for as long as `work` takes. Throws QueueError, ChildError or NoQueueError when
 * it cannot be had.
 */
export async function withQueue<T>(
  config: Config,
  environment: Environment,
  warn: (line: string) => void,
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  return withRedis(config, environment, { make: false, warn }, async ({ address, isOurs }) => {
    if (isOurs) warn('no relay is running here: nothing is delivered until one does');
    const { prefix } = config.redis;
    // Whether Redis is safe matters to processes that accept mail; an inspection changes nothing about it.
    const { acceptTimeoutMs, ...marks } = config.queue;
    const longestWaitMs = longestWait(config.queue);
    const options = {
      address,
      prefix,
      allowUnsafe: true,
      soleUser: false,
      // Whoever looks, or acts by hand, waits for no replica.
      marks: { ...marks, minReplicas: 0 },
      acceptTimeoutMs,
      longestWaitMs,
      kept: keptLimits(config),
      receipts: receiptLimits(config),
    };
    const queue = await openQueue(options, { now: Date.now, log: () => {} });
    try {
      return await work(queue);
    } finally {
      await queue.close();
    }
  });
}
