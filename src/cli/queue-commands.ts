import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import { openQueue, type Queue } from '../queue/open-queue.ts';
import type { QueuedDelivery } from '../queue/inspect.ts';

type Print = (line: string) => void;

/** `dane-relay queue list`: a line for each delivery that waits, or with `json` an object a line. */
export async function listCommand(queue: Queue, json: boolean, now: number, print: Print): Promise<void> {
  const counts = { incoming: 0, active: 0, deferred: 0 };
  let bytes = 0;
  for await (const delivery of queue.list()) {
    counts[delivery.state] += 1;
    bytes += delivery.size;
    if (json) print(JSON.stringify(delivery));
    else for (const line of describe(delivery, now)) print(line);
  }
  if (json) return;
  const total = counts.incoming + counts.active + counts.deferred;
  if (total === 0) print('Mail queue is empty');
  else
    print(
      `-- ${Math.ceil(bytes / 1024)} KiB in ${total} deliveries: ${counts.deferred} deferred, ${counts.active} active, ${counts.incoming} new`,
    );
}

function describe(delivery: QueuedDelivery, now: number): readonly string[] {
  const { queueId, state, size, arrivedAt, sender, destination, attempts, nextAt, dsn, reason, recipients } =
    delivery;
  const mark = state === 'active' ? '*' : ' ';
  const next =
    nextAt === undefined
      ? 'being delivered'
      : nextAt <= now
        ? 'due now'
        : `next try in ${duration(nextAt - now)}`;
  return [
    `${queueId}${mark} ${size} bytes, ${duration(now - arrivedAt)} old, from <${sender}>, to ${destination}, ${attempts} attempts, ${next}`,
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

/** `dane-relay queue flush`: makes every deferred delivery due now. */
export async function flushCommand(queue: Queue, print: Print): Promise<void> {
  print(`${await queue.flush()} deliveries are due now`);
}

/**
 * Opens the queue that a relay with this configuration uses, for as long as `work` takes. The private Redis of a relay
 * that is not running is not there: then this throws QueueError.
 */
export async function withQueue(
  config: Config,
  surroundings: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly uid: number | undefined;
  },
  work: (queue: Queue) => Promise<void>,
): Promise<void> {
  const { url, prefix } = config.redis;
  const dataDir = dataDirectory(config.dataDir, surroundings.env, surroundings.uid);
  const address = url === '' ? join(dataDir, 'redis', 'redis.sock') : url.replace(/^unix:\/\//, '');
  // What may be lost is the concern of those who accept; an inspection changes nothing about it.
  const options = { address, prefix, allowUnsafe: true, soleUser: false };
  const queue = await openQueue(options, { now: Date.now, log: () => {} });
  try {
    await work(queue);
  } finally {
    await queue.close();
  }
}
