import { join, resolve } from 'node:path';

/** Paths of a managed Redis; `directory` is without symbolic links. */
export interface RedisPlace {
  readonly directory: string;
  readonly socketPath: string;
  readonly pidFile: string;
}

/** Directory of a managed Redis in the data directory of a relay. */
export function redisDirectoryIn(dataDir: string): string {
  return join(resolve(dataDir), 'redis');
}

export function redisPlace(directory: string): RedisPlace {
  return { directory, socketPath: join(directory, 'redis.sock'), pidFile: join(directory, 'redis.pid') };
}
