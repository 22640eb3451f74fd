import { repairQueue, type RepairReport } from '../children/repair-queue.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { withStore } from './queue-dump.ts';

type Print = (line: string) => unknown;

/**
 * `dane-relay queue repair`: makes the files of the private Redis readable again, and says what that took. Throws
 * ConfigError where there is none, DamagedQueueError when they cannot be repaired.
 */
export async function repairCommand(
  config: Config,
  environment: Environment,
  warn: Print,
  print: Print,
): Promise<void> {
  if (config.redis.url !== '') {
    const wanted = 'none: only the files of a private Redis are repaired here';
    throw new ConfigError([
      { where: 'queue repair', key: 'redis.url', wanted, found: 'a Redis of your own' },
    ]);
  }
  const report = await repairQueue(dataDirectory(config.dataDir, environment));
  for (const line of linesOf(report)) print(line);
  const messages = await withStore(config, environment, { make: false, warn }, (store) => store.messages());
  print(`${messages} messages are in the queue`);
}

function linesOf({ done, kept }: RepairReport): readonly string[] {
  if (kept === undefined) return ['nothing is wrong with the files of the queue'];
  return [...done, `the files as they were are in ${kept}`];
}
