import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { showSocketAddress } from '../config/addresses.ts';
import { statusSocket } from '../config/role.ts';
import type { Queue } from '../queue/open-queue.ts';
import { createGuard } from '../status/guard.ts';
import { readPageFiles } from '../status/page-files.ts';
import { createPageLogin } from '../status/page-login.ts';
import { refusedToken, startStatus } from '../status/status-server.ts';
import { watchValue } from '../status/watched-value.ts';
import type { Listener } from './listeners.ts';
import { pageFacts, type PageParts } from './page-facts.ts';
import type { Picture } from './picture.ts';
import type { Relay } from './relay.ts';
import { pageRoutes } from './routes/page.ts';
import { queueSearchRoute } from './routes/queue-search.ts';
import { openStatusToken } from './status-token.ts';

/**
 * Starts the status server, with the page among its routes. What is returned is filled with the parts that the page tells
 * of, as they start. Throws ConfigError if there is no token although somebody could need it, and AlreadyRunning.
 */
export async function serveStatus(
  relay: Relay,
  hostname: string,
  listen: readonly Listener[],
  picture: Picture,
): Promise<PageParts> {
  const { config, role, dataDir, log, parts, problems, routes } = relay;
  const now = Date.now;
  const login = createPageLogin(
    listen.length === 0 ? () => undefined : openStatusToken(config, dataDir, now),
    now,
  );
  const shown: PageParts = {};
  const facts = pageFacts({
    relay: { name: hostname, version: version(), role, startedAt: now() },
    parts: shown,
    picture,
    problems: () => problems.current(),
    lowWatermarkPercent: config.queue.memoryLowWatermarkPercent,
    now,
  });
  const watched = watchValue(async () => JSON.stringify(await facts.state()));
  picture.onChange(() => watched.touch());
  picture.keep(parts, () => facts.amiss());
  const list = (): ReturnType<Queue['list']> | undefined =>
    shown.queue?.refusal()?.code === 'QUEUE_UNAVAILABLE' ? undefined : shown.queue?.list();
  routes.push(
    ...pageRoutes({
      files: readPageFiles(fileURLToPath(new URL('../status/page/', import.meta.url))),
      login,
      state: () => facts.state(),
      series: picture.series,
      watched,
      wrongToken: () => refusedToken('the login page', log),
      now,
    }),
    queueSearchRoute(list, now),
  );
  const hosts = [...config.status.hosts, hostname.toLowerCase()];
  const guard = createGuard({ login, hosts });
  const status = await startStatus(statusSocket(dataDir, role), listen, { routes, guard, log });
  parts.add('status', () => status.stop());
  return shown;
}

/** Where the first client can be, in a form that can be copied. */
export function firstAddress(
  addresses: readonly { readonly host: string; readonly port: number }[],
): string | undefined {
  const [first] = addresses;
  return first === undefined ? undefined : showSocketAddress(first);
}

function version(): string {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}
