import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { printable } from '../core/mail/printable.ts';
import { longestWait } from '../core/outcome/schedule.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { openQueue, type Queue } from '../queue/open-queue.ts';
import type { QueuedDelivery } from '../queue/inspect.ts';

type Print = (line: string) => void;

/** `dane-relay queue list`: a line for each delivery that waits, or with `json` an object a line. */
export async function listCommand(queue: Queue, json: boolean, now: number, print: Print): Promise<void> {
  const counts = { incoming: 0, active: 0, deferred: 0, held: 0 };
  let bytes = 0;
  for await (const delivery of queue.list()) {
    counts[delivery.state] += 1;
    bytes += delivery.size;
    if (json) print(JSON.stringify(delivery));
    else for (const line of describe(delivery, now)) print(printable(line));
  }
  if (json) return;
  const total = counts.incoming + counts.active + counts.deferred + counts.held;
  if (total === 0) print('Mail queue is empty');
  else
    print(
      `-- ${Math.ceil(bytes / 1024)} KiB in ${total} deliveries: ${counts.deferred} deferred, ${counts.active} active, ${counts.incoming} new, ${counts.held} held`,
    );
  // A Redis that does not let it be counted has been listed all the same.
  const unfinished = await queue.unfinished().catch(() => undefined);
  if (unfinished === undefined || unfinished.messages === 0) return;
  print(
    `-- and ${Math.ceil(unfinished.bytes / 1024)} KiB of ${unfinished.messages} messages that are not complete: nobody has got a 250 for them`,
  );
}

function describe(delivery: QueuedDelivery, now: number): readonly string[] {
  const { queueId, state, size, arrivedAt, sender, destination, attempts, nextAt, dsn, reason, recipients } =
    delivery;
  const mark = state === 'active' ? '*' : state === 'held' ? '!' : ' ';
  const next =
    nextAt === undefined
      ? state === 'held'
        ? 'held'
        : 'being delivered'
      : nextAt <= now
        ? 'due now'
        : `next try in ${duration(nextAt - now)}`;
  const left = (delivery.suspendedUntil ?? now) - now;
  const suspended = left > 0 ? `, destination suspended for ${duration(left)}` : '';
  return [
    `${queueId}${mark} ${size} bytes, ${duration(now - arrivedAt)} old, from <${sender}>, to ${destination}, ${attempts} attempts, ${next}${suspended}`,
    ...(reason === undefined ? [] : [`    (${dsn ?? ''} ${reason})`]),
    ...recipients.map((recipient) => `    <${recipient}>`),
  ];
}

/** `90s`, `12m`, `3h05m`, `2d04h`. */
export function duration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const two = (value: number): string => String(value).padStart(2, '0');
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 120) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return `${hours}h${two(minutes % 60)}m`;
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`;
}

/** `dane-relay queue flush`: makes every deferred delivery due now, or those to some destinations. */
export async function flushCommand(
  queue: Queue,
  destinations: readonly string[],
  print: Print,
): Promise<void> {
  print(`${await queue.flush(destinations)} deliveries are due now`);
}

/** `dane-relay queue release`: what is held of these messages, or of `all`, is due now. True if that was all of them. */
export async function releaseCommand(queue: Queue, ids: readonly string[], print: Print): Promise<boolean> {
  const named = ids.includes('all') ? await heldIds(queue) : ids;
  let all = true;
  for (const id of named) {
    const outcome = await queue.release(id);
    print(outcome === 'released' ? `${id}: released` : `${id}: ${outcome}, nothing was changed`);
    all &&= outcome === 'released';
  }
  return all;
}

async function heldIds(queue: Queue): Promise<readonly string[]> {
  const ids = new Set<string>();
  for await (const { state, queueId } of queue.list()) if (state === 'held') ids.add(queueId);
  return [...ids];
}

/** `dane-relay queue delete`: forgets these messages. True if all of them were there. */
export async function deleteCommand(queue: Queue, ids: readonly string[], print: Print): Promise<boolean> {
  let all = true;
  for (const id of ids) {
    const deleted = await queue.delete(id);
    print(deleted ? `${id}: removed` : `${id}: there is no such message`);
    all &&= deleted;
  }
  return all;
}

/**
 * Opens the queue that a relay with this configuration uses, for as long as `work` takes. The private Redis of a relay
 * that is not running is not there: then this throws QueueError.
 */
export async function withQueue<T>(
  config: Config,
  surroundings: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly uid: number | undefined;
  },
  work: (queue: Queue) => Promise<T>,
): Promise<T> {
  const { url, prefix } = config.redis;
  const dataDir = dataDirectory(config.dataDir, surroundings.env, surroundings.uid);
  const address = url === '' ? join(dataDir, 'redis', 'redis.sock') : url.replace(/^unix:\/\//, '');
  // What may be lost is the concern of those who accept; an inspection changes nothing about it.
  const { acceptTimeoutMs, ...marks } = config.queue;
  const longestWaitMs = longestWait(config.queue);
  const options = {
    address,
    prefix,
    allowUnsafe: true,
    soleUser: false,
    marks,
    acceptTimeoutMs,
    longestWaitMs,
  };
  const queue = await openQueue(options, { now: Date.now, log: () => {} });
  try {
    return await work(queue);
  } finally {
    await queue.close();
  }
}
