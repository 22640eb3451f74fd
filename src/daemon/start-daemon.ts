import { randomInt } from 'node:crypto';
import { once, setMaxListeners } from 'node:events';
import { mkdir, statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { lockFile } from '../children/file-lock.ts';
import { startManagedRedis } from '../children/managed-redis.ts';
import type { Config } from '../config/config.ts';
import { ConfigError } from '../config/config-error.ts';
import { showSocketAddress } from '../config/addresses.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { checkDataDirectory, checkLogFile } from '../config/places.ts';
import { redisAddress } from '../config/redis-url.ts';
import { lockPath, statusSocket, type Role } from '../config/role.ts';
import { queueId } from '../core/mail/queue-id.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { longestWait } from '../core/outcome/schedule.ts';
import type { ServePorts } from '../delivery/serve-destination.ts';
import { openQueue, type Queue } from '../queue/open-queue.ts';
import type { FairLookups } from '../resolver/fair-lookups.ts';
import { createMetrics, type MemoryUse } from '../status/metrics.ts';
import { AlreadyRunning, startStatus } from '../status/status-server.ts';
import { startAccepting } from './accepting.ts';
import { createLookups, createOpenings, deliveringRun } from './delivering.ts';
import { advised, configured, internalError, listeningOn, notStopped, ready, stops } from './log-lines.ts';
import { openLog } from './mail-log.ts';
import { Parts } from './parts.ts';
import { prepare } from './prepare.ts';
import { Problems } from './problems.ts';
import { watchProcess } from './process-watch.ts';
import { createReloading, reloadables } from './reloading.ts';
import { startResolving, type Resolving } from './resolving.ts';

export interface Daemon {
  /** Where mail is accepted; empty in a process that only delivers. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** Opens the log file anew and reads the files that the settings name again (SIGHUP). Never rejects. */
  reload(): Promise<void>;
  /** Writes down a mistake of ours that nobody caught, and what is done about it: `the relay goes on`. */
  internalError(next: string, error: unknown): void;
  /** Ends deliveries under way, takes nothing new, puts everything away (SIGTERM). */
  stop(): Promise<void>;
  /** Gives up at once what `stop` would let come to an end: it starts again later, or was not answered for. */
  stopNow(): void;
}

/** What the relay is started in, and with. */
export interface DaemonEnvironment extends Environment {
  /** Where the settings come from, but for those of environment and command line. */
  readonly settingsFile: string | undefined;
  /** For the operator, beside the log. */
  readonly warn: (text: string) => void;
  /** Ends a start that is under way, which throws then: Redis may take long to read its files. */
  readonly giveUpStart?: AbortSignal;
}

/** Deliveries under way when the relay is told to stop have this long to come to an end. */
const GRACE_MS = 20_000;
/** And the rest this long once they were given up: what hangs then, hangs on something that is gone. */
const PUT_AWAY_MS = 10_000;

/**
 * The one place where the relay is put together: configuration in, running relay out. Throws ConfigError, ChildError,
 * QueueError or AlreadyRunning, with everything that was started put away again.
 *
 * @param advice for the operator, known before this began
 */
export async function startDaemon(
  config: Config,
  role: Role,
  environment: DaemonEnvironment,
  advice: readonly string[] = [],
): Promise<Daemon> {
  const { env, settingsFile, warn, giveUpStart } = environment;
  const dataDir = dataDirectory(config.dataDir, environment);
  checkDataDirectory(dataDir);
  checkLogFile(config.log.file);
  const parts = new Parts();
  const problems = new Problems();
  let isReady = false;
  problems.ask('start', () => (isReady ? undefined : 'the relay is still starting'));
  const census: ServePorts['census'] = new Map();
  let openedQueue: Queue | undefined;
  const memory = new Map<string, MemoryUse>();
  let openLookups: FairLookups | undefined;
  const metrics = createMetrics({
    problems: () => problems.current(),
    suspended: async () => (await openedQueue?.suspended()) ?? 0,
    fill: () => openedQueue?.fill(),
    windows: () => [...census.values()].map((site) => site.window()),
    memory: () => new Map(memory),
    fullAddresses: () => openings.addresses.full(),
    waitingLookups: () => openLookups?.waiting() ?? 0,
  });
  const maillog = openLog(config, env, { count: metrics.count, warn });
  const { log } = maillog;
  const openings = createOpenings(config, log);
  const cannotStop = (name: string, error: unknown): void => log(notStopped(name, error));
  const stopping = new AbortController();
  const giveUp = new AbortController();
  // As many listeners as there are lookups and sessions under way, which is no leak.
  setMaxListeners(0, stopping.signal, giveUp.signal);

  try {
    for (const text of advice) log(advised(text));
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const { hostname, heloName, listen, statusListen, tls, transports, logins } = await prepare(
      config,
      role,
      log,
    );
    const newQueueId = queueIds();
    await watchProcess(config, maillog, metrics, parts, problems);
    const reloading = createReloading(reloadables({ maillog, tls, transports, logins }), log);
    problems.askAll(() => reloading.problems());
    let listening: readonly { readonly host: string; readonly port: number }[] = listen;

    const locked = lockPath(dataDir, role);
    const lock = await lockFile(locked);
    if (lock === undefined) throw new AlreadyRunning(`another relay is running: it has locked ${locked}`);
    parts.add('lock', () => lock.release());
    const status = await startStatus(statusSocket(dataDir, role), statusListen, {
      problems: () => problems.current(),
      metrics: () => metrics.text(),
      metricsType: metrics.contentType,
    });
    parts.add('status', () => status.stop());

    const redis = await reachRedis(config, role, { dataDir, giveUp: giveUpStart }, log, parts, problems);
    const soleUser = config.redis.url === '';
    const { prefix, allowUnsafe } = config.redis;
    const { acceptTimeoutMs, ...marks } = config.queue;
    const freeDiskBytes = (): Promise<number> => freeBytes(dataDir);
    const queue = await openQueue(
      {
        address: redis,
        prefix,
        allowUnsafe,
        soleUser,
        mayBeAway: !soleUser,
        marks,
        acceptTimeoutMs,
        longestWaitMs: longestWait(config.queue),
      },
      { now: Date.now, log, ...(soleUser ? { freeDiskBytes } : {}) },
    );
    openedQueue = queue;
    parts.add('queue', () => queue.close());
    problems.ask('queue', () => queue.trouble());

    if (role !== 'intake') {
      const resolving = await startResolving(config.dns, dataDir, log, parts);
      problems.ask('resolver', () => resolverTrouble(resolving, tls.wantsDane()));
      memory.set('deliveries', openings.memory);
      const lookups = createLookups(resolving);
      openLookups = lookups;
      const run = deliveringRun(
        {
          config,
          hostname,
          heloName,
          resolving,
          lookups,
          tls,
          transports,
          logins,
          listening: () => listening,
          newQueueId,
          log,
          census,
          openings,
        },
        stopping.signal,
        giveUp.signal,
      );
      await queue.serve(run, config.delivery.activeDestinations, config.delivery.stalledDestinations);
      parts.add('deliveries', () => queue.stopServing());
    }

    const intake =
      role === 'delivery'
        ? undefined
        : await startAccepting({ config, listen, hostname, queue, transports, newQueueId, log });
    if (intake !== undefined) {
      parts.add('intake', () => intake.stop(giveUp.signal));
      memory.set('clients', intake.memory);
    }
    const addresses = intake?.addresses ?? [];
    if (intake !== undefined) listening = addresses;
    const where = addresses.map(showSocketAddress);
    log(configured(settingsFile));
    log(listeningOn(where, dataDir));
    isReady = true;
    log(ready(where));

    return {
      addresses,
      reload: () => reloading.reload(),
      internalError: (next, error) => log(internalError(next, error)),
      async stop() {
        log(stops(false));
        stopping.abort();
        const timer = setTimeout(() => giveUp.abort(), GRACE_MS);
        const stopped = await Promise.race([parts.stop(cannotStop).then(() => true), overdue(giveUp.signal)]);
        clearTimeout(timer);
        if (!stopped)
          cannotStop('the relay', new Error(`something still hangs after ${PUT_AWAY_MS / 1000} s more`));
        await maillog.end();
      },
      stopNow() {
        log(stops(true));
        giveUp.abort();
      },
    };
  } catch (error) {
    await parts.stop(cannotStop);
    await maillog.end();
    throw error;
  }
}

/** Resolves to false when everything should have been put away. */
async function overdue(givenUp: AbortSignal): Promise<false> {
  if (!givenUp.aborted) await once(givenUp, 'abort');
  return sleep(PUT_AWAY_MS, false, { ref: false });
}

/** The Redis of the configuration, or one of our own. */
async function reachRedis(
  config: Config,
  role: Role,
  { dataDir, giveUp }: { readonly dataDir: string; readonly giveUp: AbortSignal | undefined },
  log: Log,
  parts: Parts,
  problems: Problems,
): Promise<string> {
  if (config.redis.url !== '') return redisAddress(config.redis.url);
  if (role !== 'all') {
    const wanted = 'the Redis that this process shares with the others';
    throw new ConfigError([{ where: `--role ${role}`, key: 'redis.url', wanted, found: 'none' }]);
  }
  const { maxmemoryBytes } = config.redis;
  const redis = await startManagedRedis({ dataDir, log, maxmemoryBytes, ...(giveUp && { giveUp }) });
  parts.add('redis', () => redis.stop());
  problems.ask('redis', () => redis.trouble());
  return redis.socketPath;
}

/** Octets of disk that we may still write. */
async function freeBytes(directory: string): Promise<number> {
  const { bavail, bsize } = await statfs(directory);
  return bavail * bsize;
}

function resolverTrouble(resolving: Resolving, wantsDane: boolean): string | undefined {
  const { validating, answering, reason } = resolving.state();
  return (wantsDane ? validating : answering) ? undefined : reason;
}

/** Ids of messages: the time, and a number that no other process is likely to be at in the same microsecond. */
function queueIds(): () => string {
  const range = 2 ** 32;
  let sequence = randomInt(range);
  return () => {
    sequence = (sequence + 1) % range;
    return queueId(Math.floor((performance.timeOrigin + performance.now()) * 1000), sequence);
  };
}
