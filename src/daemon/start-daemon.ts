import { mkdir, stat } from 'node:fs/promises';
import { lockFile } from '../children/file-lock.ts';
import type { Config } from '../config/config.ts';
import { showSocketAddress } from '../config/addresses.ts';
import { dataDirectory } from '../config/data-directory.ts';
import type { Environment } from '../config/environment.ts';
import { checkDataDirectory, checkLogFile } from '../config/places.ts';
import { lockPath, type Role } from '../config/role.ts';
import { createTraceHub } from '../core/trace/trace-hub.ts';
import { createSticky } from '../delivery/sticky.ts';
import type { Intake } from '../intake/server/smtp-intake.ts';
import type { Queue } from '../queue/open-queue.ts';
import { verifiedWebTls } from '../session/web-tls.ts';
import { AlreadyRunning } from '../status/status-server.ts';
import type { ActivatedSocket } from '../systemd/activated-sockets.ts';
import type { Running } from '../systemd/service-states.ts';
import { destinationHealth } from './destination-health.ts';
import { rolloverWatch } from './rollover.ts';
import { refreshPolicies } from '../sts/refresh-policies.ts';
import { sendEvents } from '../webhooks/send-events.ts';
import { startAccepting } from './accepting.ts';
import { bugLog } from './bug-log.ts';
import { createLookups, createOpenings, deliveringRun, routeRules, sessionOptions } from './delivering.ts';
import { keepExceptions } from './exceptions.ts';
import { explainPorts, liveExplaining } from './explaining.ts';
import { serveHttp } from './http-serving.ts';
import { eventStore, tellWebhooks, type Telling } from './history.ts';
import { advised, configured, internalError, listeningOn, ready, silentParts } from './log-lines.ts';
import { loginKey } from './login-key.ts';
import { openLog } from './mail-log.ts';
import { metricsOf, type Observed } from './observed.ts';
import { Parts } from './parts.ts';
import { prepare, type Prepared } from './prepare.ts';
import type { PageParts } from './page-facts.ts';
import { startPickingUp } from './picking-up.ts';
import { openPicture, type Picture } from './picture.ts';
import { Problems } from './problems.ts';
import { watchProcess } from './process-watch.ts';
import { queueIds } from './queue-ids.ts';
import { startQueueWalks } from './queue-walks.ts';
import type { Relay } from './relay.ts';
import { openReceipts } from './receipts.ts';
import { createReloading, reloadables } from './reloading.ts';
import { startResolving, type Resolving } from './resolving.ts';
import { destinationsRoute } from './routes/destinations.ts';
import { exceptRoutes } from './routes/except.ts';
import { explainRoute } from './routes/explain.ts';
import { monitoringRoutes } from './routes/monitoring.ts';
import { queueRoutes } from './routes/queue.ts';
import { topRoute } from './routes/top.ts';
import { traceRoute } from './routes/trace.ts';
import { createShutdown } from './shutdown.ts';
import { openSigning, type Signing } from './signing.ts';
import { firstAddress, serveStatus } from './status-page.ts';
import { startTlsReports } from './tls-reports.ts';
import { startQueue } from './storing.ts';
import { stsFinder } from './sts.ts';
import { keepWhatIf } from './what-if.ts';

export interface Daemon {
  /** Where mail is accepted; empty in a process that only delivers. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  /** How it does, for systemd. */
  readonly running: Running;
  /** Opens the log file anew and reads the files that the settings name again (SIGHUP). Never rejects. */
  reload(): Promise<void>;
  /** Logs a bug that was not caught, and what is done about it: `the relay goes on`. */
  internalError(next: string, error: unknown): void;
  /** Lets deliveries under way end, takes nothing new, and stops everything (SIGTERM). */
  stop(): Promise<void>;
  /** Gives up at once what `stop` would let end. Nothing is lost: it starts again later, or nobody has a 250 for it. */
  stopNow(): void;
}

/** The environment in which the relay is started. */
export interface DaemonEnvironment extends Environment {
  /** The file of the settings, apart from those of environment and command line. */
  readonly settingsFile: string | undefined;
  /** Tells the operator something outside the log. */
  readonly warn: (text: string) => void;
  /** Sockets that systemd has opened. */
  readonly activated?: readonly ActivatedSocket[];
  /** Ends a start that is under way, which then throws: Redis may take long to read its files. */
  readonly giveUpStart?: AbortSignal;
}

/**
 * The one place where the relay is put together: configuration in, running relay out. Throws ConfigError, ChildError,
 * QueueError or AlreadyRunning, after stopping everything that was started.
 *
 * @param advice for the operator, found before the start
 */
export async function startDaemon(
  config: Config,
  role: Role,
  environment: DaemonEnvironment,
  advice: readonly string[] = [],
): Promise<Daemon> {
  const dataDir = dataDirectory(config.dataDir, environment);
  checkDataDirectory(dataDir);
  checkLogFile(config.log.file);
  const parts = new Parts();
  const problems = new Problems();
  const obstacles = new Problems();
  let isReady = false;
  for (const told of [problems, obstacles])
    told.ask('start', () => (isReady ? undefined : 'the relay is still starting'));
  const observed: Observed = { activeDestinations: new Map(), memory: new Map() };
  const metrics = metricsOf(observed, problems);
  const picture = openPicture(dataDir, role, Date.now);
  const maillog = openLog(config, role, environment.env, {
    count(event) {
      metrics.count(event);
      picture.count(event);
    },
    warn: environment.warn,
  });
  const { log } = maillog;
  const shutdown = createShutdown(parts, maillog);
  obstacles.ask('stop', () => (shutdown.stopping.aborted ? 'the relay is stopping' : undefined));
  const routes = [
    ...monitoringRoutes({
      problems: () => problems.current(),
      obstacles: () => obstacles.current(),
      metrics,
    }),
  ];
  const relay: Relay = { config, role, dataDir, log, parts, problems, observed, metrics, shutdown, routes };

  try {
    for (const text of advice) log(advised(text));
    await mkdir(dataDir, { recursive: true, mode: 0o700 });
    const prepared = await prepare(config, role, log, { activated: environment.activated });
    await watchProcess({ config, maillog, metrics, parts, problems });
    const signing = await openSigning(config, dataDir, log);
    const reloading = createReloading(reloadables({ maillog, ...prepared, signing }), log);
    problems.askAll(() => reloading.problems());
    signing.watch(parts);
    await lock(relay);
    const page = await serveStatus(relay, prepared.hostname, prepared.statusListen, picture);

    const serving: Serving = {
      ...prepared,
      signing,
      telling: tellWebhooks(prepared.webhooks),
      queue: await startQueue(relay, environment.giveUpStart),
      newQueueId: queueIds(),
      addresses: prepared.listen,
      page,
      picture,
    };
    if (role !== 'delivery') obstacles.ask('queue', () => serving.queue.refusal()?.message);
    routes.push(...queueRoutes(serving.queue, Date.now));
    page.queue = serving.queue;
    if (role !== 'intake') await startDelivering(relay, serving);
    const intake = role === 'delivery' ? undefined : await acceptMail(relay, serving);
    if (intake !== undefined) await startPickingUp(relay, environment, serving.queue, intake);
    const addresses = intake?.addresses ?? [];
    if (intake !== undefined) serving.addresses = addresses;
    const first = firstAddress(addresses);
    if (first !== undefined) page.takesMailAt = first;

    const where = [...addresses.map(showSocketAddress), ...(intake?.sockets ?? [])];
    log(configured(environment.settingsFile));
    log(listeningOn(where, dataDir));
    isReady = true;
    log(ready(where));
    return {
      addresses,
      running: {
        status: () => statusText(where, problems),
        signs: [
          { of: 'the threads for files', seen: () => stat('/') },
          { of: 'the watch over Redis', seen: () => serving.queue.nextLook() },
        ],
        late: (missing, waitedMs) => log(silentParts(missing, waitedMs)),
      },
      reload: () => reloading.reload(),
      internalError: (next, error) => log(internalError(next, error)),
      stop: () => shutdown.stop(),
      stopNow: () => shutdown.stopNow(),
    };
  } catch (error) {
    await shutdown.abandon();
    throw error;
  }
}

function statusText(where: readonly string[], problems: Problems): string {
  const parts = [...problems.current().keys()];
  const work = where.length === 0 ? 'delivering' : `taking mail on ${where.join(', ')}`;
  return parts.length === 0 ? work : `${work}; dane-relay health tells of trouble: ${parts.join(', ')}`;
}

/** What accepting and delivering have in common. */
interface Serving extends Prepared {
  readonly telling: Telling;
  readonly signing: Signing;
  readonly queue: Queue;
  readonly newQueueId: () => string;
  /** Where mail is accepted, as far as this process knows. */
  addresses: readonly { readonly host: string; readonly port: number }[];
  readonly page: PageParts;
  readonly picture: Picture;
}

/** One relay of a role in a data directory at a time. */
async function lock({ dataDir, role, parts }: Relay): Promise<void> {
  const path = lockPath(dataDir, role);
  const held = await lockFile(path);
  if (held === undefined) throw new AlreadyRunning(`another relay is running: it has locked ${path}`);
  try {
    // It stays there if the process is killed: the command "health" tells of it.
    held.write(`${process.pid}\n`);
  } catch {
    // A disk that is full keeps no relay from starting.
  }
  parts.add('lock', () => held.release());
}

async function startDelivering(relay: Relay, serving: Serving): Promise<void> {
  const { config, dataDir, log, parts, problems, observed, metrics, shutdown, routes } = relay;
  const { queue, tls } = serving;
  const { meters } = metrics;
  const resolving = await startResolving({ dns: config.dns, dataDir, log, parts, meters });
  observed.resolving = resolving;
  problems.ask('resolver', () => resolverTrouble(resolving, tls.wantsDane()));
  serving.page.resolver = () => resolving.state();
  serving.page.wantsDane = () => tls.wantsDane();
  serving.page.exceptions = () =>
    serving.exceptions
      .inForce()
      .map(({ name, level, until, reason }) => ({ domain: name, level, untilMs: until, reason }));
  const { hostname } = serving;
  const receipts = await openReceipts({ config, dataDir, hostname, meters, log });
  const openings = createOpenings(config, log);
  const lookups = createLookups(resolving);
  observed.openings = openings;
  observed.lookups = lookups;
  observed.exceptions = serving.exceptions;
  observed.memory.set('deliveries', openings.memory);
  const { activeDestinations } = observed;
  const listening = (): Serving['addresses'] => serving.addresses;
  // Before there is mail that would wait for it.
  if (config.tls.mtaSts !== 'off') tls.settings().stsAuthorities();
  const stsTrouble = bugLog(log, 'MTA-STS policies are looked at again later');
  const sts = stsFinder({ config, tls, lookups, store: queue.stsPolicies, log, trouble: stsTrouble, meters });
  const sticky = createSticky({
    store: queue.sticky,
    log,
    now: Date.now,
    count: (finding) => meters.stickyFound(finding),
  });
  const means = {
    config,
    log,
    resolving,
    lookups,
    sts,
    sticky,
    openings,
    activeDestinations,
    listening,
    meters,
  };
  const whatIf = keepWhatIf({ config, store: queue.whatIf, log, meters });
  // Once the deliveries have ended.
  parts.add('what if', () => whatIf.stop());
  const rollover = rolloverWatch({ config, resolving, store: queue.recordWatches, log, meters });
  const health = destinationHealth({
    config,
    means: {
      config,
      rules: routeRules({ ...serving, config, listening }),
      tls,
      transports: serving.transports,
      resolving,
      lookups,
      session: sessionOptions({ ...serving, config, log: () => {} }),
      notes: [],
    },
    store: queue.health,
    isKept: () => queue.refusal() === undefined,
    log,
    stopping: shutdown.stopping,
  });
  if (health !== undefined) {
    observed.health = health;
    serving.page.health = () => health.summary();
  }
  const trace = createTraceHub();
  routes.push(
    topRoute({ queue, activeDestinations, now: Date.now }),
    traceRoute(trace, Date.now),
    destinationsRoute(queue.health, hostname),
    ...exceptRoutes(queue, Date.now),
  );
  const live = liveExplaining({ ...serving, ...means });
  routes.push(explainRoute(explainPorts({ ...serving, config, live }), serving.hostname));
  const run = deliveringRun(
    {
      ...serving,
      ...means,
      ...(rollover !== undefined && { rollover: rollover.watch }),
      ...(health !== undefined && { mailed: health.mailed }),
      receipts,
      observe: trace.observe,
      whatIf: whatIf.tell,
      connectedInClear: () => serving.picture.connectedInClear(),
    },
    shutdown.stopping,
    shutdown.giveUp,
  );
  if (serving.webhooks.length > 0) {
    const store = eventStore(queue);
    const sender = sendEvents(serving.webhooks, {
      store,
      log,
      trouble: bugLog(log, 'events of webhooks are tried again later'),
      now: Date.now,
      secure: verifiedWebTls,
    });
    parts.add('webhooks', () => sender.stop());
  }
  const reports = startTlsReports({ ...serving, config, lookups, log });
  if (reports !== undefined) parts.add('TLS reports', () => reports.stop());
  const exceptions = keepExceptions({ ...serving, log, now: Date.now });
  parts.add('exceptions', () => exceptions.stop());
  await exceptions.read();
  exceptions.begin();
  // Once the deliveries have ended. Mail that waits for a policy must not hear that there is none.
  parts.add('MTA-STS', () => sts.close());
  parts.add('trace', () => trace.close());
  await queue.serve(
    exceptions.behind(run),
    config.delivery.activeDestinations,
    config.delivery.stalledDestinations,
  );
  parts.add('deliveries', () => queue.stopServing());
  const refreshing = { store: queue.stsPolicies, finder: sts, trouble: stsTrouble, now: Date.now };
  const stopRefreshing = refreshPolicies(refreshing);
  parts.add('policy refreshes', stopRefreshing);
  if (rollover !== undefined) {
    rollover.begin();
    parts.add('rollover', () => rollover.stop());
  }
  if (health !== undefined) {
    health.begin();
    parts.add('health of destinations', () => health.stop());
  }
  const walks = startQueueWalks(queue, (nextHop) => tls.policy(nextHop), metrics.queue);
  parts.add('queue walks', () => walks.stop());
}

async function acceptMail(relay: Relay, serving: Serving): Promise<Intake> {
  const { config, dataDir, log, parts, observed, shutdown } = relay;
  const { meters } = relay.metrics;
  observed.certificates = serving.certificates;
  watchCertificates(serving.certificates, relay);
  const hasUsers = config.intake.users !== '';
  const logins = hasUsers ? serving.users.serve(loginKey(dataDir)) : undefined;
  if (logins !== undefined) parts.add('logins', () => logins.stop());
  const intake = await startAccepting({ ...serving, config, log, meters, logins: logins?.verifier });
  parts.add('intake', () => intake.stop(shutdown.giveUp));
  observed.memory.set('clients', intake.memory);
  await serveHttp(relay, intake, serving.queue);
  return intake;
}

/** How often the files of certificates are looked at. */
const certificatesIntervalMs = 10_000;

function watchCertificates(
  certificates: Serving['certificates'],
  { parts, problems }: Pick<Relay, 'parts' | 'problems'>,
): void {
  if (certificates.size === 0) return;
  const all = [...certificates.values()];
  const timer = setInterval(() => {
    for (const one of all) one.refresh();
  }, certificatesIntervalMs);
  parts.add('certificates', () => clearInterval(timer));
  problems.ask('certificates', () => all.flatMap((one) => one.problems()).join('; ') || undefined);
}

function resolverTrouble(resolving: Resolving, wantsDane: boolean): string | undefined {
  const { validating, answering, reason } = resolving.state();
  return (wantsDane ? validating : answering) ? undefined : reason;
}
