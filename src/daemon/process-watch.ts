import type { Config } from '../config/config.ts';
import type { Maillog } from '../maillog/open-maillog.ts';
import { watchEventLoop } from '../status/event-loop.ts';
import type { Metrics } from '../status/metrics.ts';
import { watchResources } from '../status/resources.ts';
import { checkFileLimit, fileLimit } from './open-files.ts';
import type { Parts } from './parts.ts';
import type { Problems } from './problems.ts';

interface Watched {
  readonly config: Config;
  readonly maillog: Maillog;
  readonly metrics: Metrics;
  readonly parts: Parts;
  readonly problems: Problems;
}

/** Watches the process itself: its event loop, memory, files and log. Its findings appear in health and metrics. */
export async function watchProcess({ config, maillog, metrics, parts, problems }: Watched): Promise<void> {
  const { log } = maillog;
  problems.ask('log', () => maillog.trouble());
  await checkFileLimit(config, log);
  const resources = await watchResources(() => fileLimit(), log);
  parts.add('resources', () => resources.stop());
  problems.askAll(() => resources.problems());
  const held = metrics.ofProcess({
    holds: () => loop.longest(),
    usage: () => resources.usage(),
    limits: () => resources.limits(),
    handles: () => process.getActiveResourcesInfo(),
    log: () => maillog.figures(),
  });
  const loop = watchEventLoop(log, held);
  parts.add('event loop', () => loop.stop());
  problems.ask('event loop', () => loop.trouble());
}
