import { createServer } from 'node:net';
import { showSocketAddress } from '../config/addresses.ts';
import type { Config } from '../config/config.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { checkDataDirectory, checkLogFile } from '../config/places.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { Listener } from './listeners.ts';
import { prepare } from './prepare.ts';
import { openSigning } from './signing.ts';

/** What is wrong with readable settings, a sentence each. */
export interface CheckFindings {
  /** Invalid entries of tables: `run` starts with them, and mail for them waits. */
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
}

/** Does what `run` does before it serves, and leaves nothing behind. Throws ConfigError as `run` would. */
export async function check(config: Config, environment: Environment): Promise<CheckFindings> {
  const dataDir = dataDirectory(config.dataDir, environment);
  checkDataDirectory(dataDir);
  checkLogFile(config.log.file);
  const logged: string[] = [];
  const log = ({ severity, text }: LogEvent): void => {
    if (severity !== 'info') logged.push(text);
  };
  const prepared = await prepare(config, 'all', log);
  const { listen, statusListen, tls, transports, logins, users, senderRules, certificates } = prepared;
  const signing = await openSigning(config, dataDir, log);
  const tables = [tls, transports, logins, users, senderRules, signing, ...certificates.values()];
  const problems = tables.flatMap((table) => table.problems());
  const foreign = await Promise.all([
    ...listen.map((one) => foreignAddress(one, one.key)),
    ...statusListen.map((one) => foreignAddress(one, 'status.listen')),
  ]);
  const warnings = [...logged.filter((text) => !problems.includes(text)), ...foreign.flat()];
  return { problems, warnings };
}

/**
 * Tries the address with another port, because a running relay has this one. The address may still come later, with its
 * network.
 */
function foreignAddress(listener: Listener, key: string): Promise<readonly string[]> {
  return new Promise((resolve) => {
    const server = createServer();
    const shown = showSocketAddress(listener);
    server.once('error', ({ code }: NodeJS.ErrnoException) => {
      // EINVAL: a link-local address without its zone.
      const isForeign = ['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'].includes(code ?? '');
      resolve(isForeign ? [`${key}: ${shown} is no address of this machine now`] : []);
    });
    server.listen({ host: listener.host, ipv6Only: listener.ipv6Only, port: 0 }, () =>
      server.close(() => resolve([])),
    );
  });
}
