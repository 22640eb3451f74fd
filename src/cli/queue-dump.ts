import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { startManagedRedis } from '../children/managed-redis.ts';
import { redisCommand } from '../children/redis-socket.ts';
import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { LogEvent } from '../core/outcome/log-event.ts';
import { openStore, type Store } from '../queue/open-store.ts';

type Print = (line: string) => void;

/** A relay works on the queue that was to be carried away. */
export class InUseError extends Error {
  override readonly name = 'InUseError';
  readonly code = 'IN_USE';
}

/**
 * `dane-relay queue export`: writes a dump of the queue. True if nothing was left out. Throws InUseError, unless `live`,
 * while a relay works on the queue: what it delivers after that, an import would have delivered again.
 */
export async function exportCommand(
  store: Store,
  live: boolean,
  output: NodeJS.WritableStream,
  complain: Print,
): Promise<boolean> {
  if (!live && (await store.users()) > 0) {
    throw new InUseError(
      'a relay works on this queue: stop it before you move the queue, or say --live for a copy to keep (what is delivered after it was taken would be delivered again after an import)',
    );
  }
  let complete = true;
  const lines = store.export((text) => {
    complete = false;
    complain(text);
  });
  await pipeline(lines, output, { end: false });
  return complete;
}

/** `dane-relay queue import`: puts the messages of a dump into the queue. */
export async function importCommand(store: Store, input: AsyncIterable<Buffer>, print: Print): Promise<void> {
  const { imported, known } = await store.import(input);
  print(`${imported} messages imported, ${known} were imported before`);
}

/**
 * Opens what the queue of this configuration is kept in, for as long as `work` takes. The private Redis of a relay that
 * is not running is started for it. Throws QueueError or ChildError when it cannot be had.
 */
export async function withStore<T>(
  config: Config,
  surroundings: {
    readonly env: Readonly<Record<string, string | undefined>>;
    readonly uid: number | undefined;
  },
  complain: Print,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  const place = await reachRedis(config, surroundings, complain);
  try {
    const store = await openStore(place.address, config.redis);
    try {
      return await work(store);
    } finally {
      store.close();
    }
  } finally {
    await place.leave();
  }
}

interface Place {
  readonly address: string;
  leave(): Promise<void>;
}

async function reachRedis(
  { redis, dataDir }: Config,
  { env, uid }: Parameters<typeof withStore>[1],
  complain: Print,
): Promise<Place> {
  const nothing = async (): Promise<void> => {};
  if (redis.url !== '') return { address: redis.url.replace(/^unix:\/\//, ''), leave: nothing };
  const directory = dataDirectory(dataDir, env, uid);
  const socketPath = join(directory, 'redis', 'redis.sock');
  // That of a running relay, or one that a killed relay left behind.
  if ((await redisCommand(socketPath, ['PING'])).kind !== 'nobody')
    return { address: socketPath, leave: nothing };
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const log = ({ severity, text }: LogEvent): void => {
    if (severity === 'error') complain(text);
  };
  const managed = await startManagedRedis({ dataDir: directory, maxmemoryBytes: redis.maxmemoryBytes, log });
  return { address: managed.socketPath, leave: () => managed.stop() };
}
