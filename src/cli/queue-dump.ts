import { pipeline } from 'node:stream/promises';
import type { Config } from '../config/config.ts';
import type { Environment } from '../config/environment.ts';
import { openStore, type Store } from '../queue/open-store.ts';
import { OutputError } from './output.ts';
import { InUseError } from './queue/in-use-error.ts';
import { withRedis, type RedisOptions } from './reach-redis.ts';

export type { Store };

type Print = (line: string) => void;

/**
 * `dane-relay queue export`: writes a dump of the queue. True if nothing was left out. Throws InUseError, unless `live`,
 * while a relay works on the queue: what it delivers after that, an import would have delivered again.
 */
export async function exportCommand(
  store: Store,
  live: boolean,
  write: (lines: AsyncIterable<string>) => Promise<unknown>,
  warn: Print,
): Promise<boolean> {
  if (!live && (await store.users()) > 0) {
    throw new InUseError(
      'a relay works on this queue: stop it before you move the queue, or say --live for a copy to keep (what is delivered after it was taken would be delivered again after an import)',
    );
  }
  let complete = true;
  const lines = store.export((text) => {
    complete = false;
    warn(text);
  });
  await write(lines);
  return complete;
}

/** Into a stream that somebody else ends. Throws OutputError if its reader goes away. */
export function intoStream(
  output: NodeJS.WritableStream,
): (octets: AsyncIterable<Buffer | string>) => Promise<void> {
  return async (octets) => {
    await pipeline(octets, output, { end: false }).catch((error: unknown) => {
      const isCut = error instanceof Error && 'code' in error && error.code === 'EPIPE';
      throw isCut ? new OutputError('the export was not read to its end', { cause: error }) : error;
    });
  };
}

/** `dane-relay queue import`: puts the messages of a dump into the queue. */
export async function importCommand(
  store: Store,
  input: AsyncIterable<Buffer>,
  print: (line: string) => unknown,
): Promise<boolean> {
  const { imported, known } = await store.import(input);
  print(`${imported} messages imported, ${known} were imported before`);
  return true;
}

/**
 * Opens the store of this configuration's queue, for as long as `work` takes. Throws QueueError, ChildError or
 * NoQueueError when it cannot be had.
 */
export async function withStore<T>(
  config: Config,
  environment: Environment,
  redisOptions: RedisOptions,
  work: (store: Store) => Promise<T>,
): Promise<T> {
  return withRedis(config, environment, redisOptions, async ({ address }) => {
    const store = await openStore(address, config.redis);
    try {
      return await work(store);
    } finally {
      store.close();
    }
  });
}
