import { lchown, lstat, mkdir, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { startManagedRedis } from '../children/managed-redis.ts';
import { redisDirectoryIn, redisPlace } from '../children/redis-place.ts';
import { redisCommand } from '../children/redis-socket.ts';
import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { redisAddress } from '../config/redis-url.ts';
import type { LogEvent } from '../core/log/log-event.ts';

/** The Redis that holds the queue of a configuration. */
interface Place {
  readonly address: string;
  /** No relay runs on it; it was started for this command. */
  readonly isOurs: boolean;
  /** Stops what was started for this command. */
  leave(): Promise<void>;
}

/** There is no queue where the settings say that it is. */
export class NoQueueError extends Error {
  override readonly name = 'NoQueueError';
  readonly code = 'NO_QUEUE';
}

export interface RedisOptions {
  /** Makes an empty queue if there is none. */
  readonly make: boolean;
  readonly warn: (line: string) => void;
}

/**
 * The Redis of a configuration, for as long as `work` takes. The private one of a relay that is not running is started for
 * that. Throws ChildError when it cannot be had, and NoQueueError where there is none, unless `make`.
 */
export async function withRedis<T>(
  config: Pick<Config, 'redis' | 'dataDir'>,
  environment: Environment,
  options: RedisOptions,
  work: (place: Pick<Place, 'address' | 'isOurs'>) => Promise<T>,
): Promise<T> {
  const place = await reachRedis(config, environment, options);
  try {
    return await work(place);
  } finally {
    await place.leave();
  }
}

async function reachRedis(
  { redis, dataDir }: Pick<Config, 'redis' | 'dataDir'>,
  environment: Environment,
  { make, warn }: RedisOptions,
): Promise<Place> {
  const others = (address: string): Place => ({ address, isOurs: false, leave: async () => {} });
  if (redis.url !== '') return others(redisAddress(redis.url));
  const directory = dataDirectory(dataDir, environment);
  const redisDirectory = redisDirectoryIn(directory);
  const { socketPath } = redisPlace(redisDirectory);
  // The Redis of a running relay, or one that a killed relay left behind.
  if ((await redisCommand(socketPath, ['PING'])).kind !== 'nobody') return others(socketPath);
  if (!make && !(await isThere(redisDirectory))) {
    throw new NoQueueError(`there is no queue in ${directory}: no relay with this data_dir has run`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const log = ({ severity, text }: LogEvent): void => {
    if (severity === 'error') warn(text);
  };
  const managed = await startManagedRedis({ dataDir: directory, maxmemoryBytes: redis.maxmemoryBytes, log });
  return {
    address: managed.socketPath,
    isOurs: true,
    async leave() {
      await managed.stop();
      if (environment.uid === 0) await handBack(redisDirectory);
    },
  };
}

async function isThere(directory: string): Promise<boolean> {
  return lstat(directory).then(
    () => true,
    () => false,
  );
}

/** Files that Redis made as root are given to the owner of its directory, so that a relay of another user can go on. */
async function handBack(directory: string): Promise<void> {
  const { uid, gid } = await stat(directory);
  for (const name of await readdir(directory, { recursive: true })) {
    const path = join(directory, name);
    const found = await lstat(path);
    if (found.uid !== uid || found.gid !== gid) await lchown(path, uid, gid);
  }
}
