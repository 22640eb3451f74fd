import type { Config } from '../config/config.ts';
import { createHealthTally, type HealthSummary } from '../core/check/health-summary.ts';
import type { CheckedNow } from '../core/check/known-health.ts';
import type { Log } from '../core/log/log-event.ts';
import { readDestination } from '../core/route/destination.ts';
import { createHealthRounds, type HealthRounds } from '../delivery/health-rounds.ts';
import type { DestinationHealthStore } from '../queue/open-queue.ts';
import { bugLog } from './bug-log.ts';
import { checkBeside } from './check-domain.ts';
import { withStsOfItsOwn, type CheckMeans } from './check-means.ts';

export interface DestinationHealthParts {
  readonly config: Pick<Config, 'tls' | 'delivery'>;
  /** What a check is made with, but for MTA-STS: each check has a memory of its own. */
  readonly means: Omit<CheckMeans, 'sts'>;
  readonly store: DestinationHealthStore;
  /** Whether Redis keeps what it is given. */
  readonly isKept: () => boolean;
  readonly log: Log;
  /** Aborted as soon as the relay is told to stop. */
  readonly stopping: AbortSignal;
}

export interface DestinationHealth {
  readonly mailed: HealthRounds['mailed'];
  /** As of the last look at all of them; undefined before the first. */
  summary(): (HealthSummary & { readonly at: number }) | undefined;
  begin(): void;
  stop(): Promise<void>;
}

/** Between two checks, if the interval is not shorter: to the hosts of others each is a connection without mail. */
const longestPauseMs = 5_000;
/** Between two looks whether one is due. */
const idleMs = 30_000;
/** Of one destination, with all its hosts, one after the other. */
const checkMs = 120_000;
const expiryMs = 14 * 86_400_000;
/** How old a summary may be where nothing is new. */
const summaryMs = 60_000;

/**
 * Checks the destinations that are really mailed, one at a time, each once in the interval; undefined if the settings do not
 * want that. A check is EHLO, STARTTLS, EHLO and QUIT, and says nothing to deliveries.
 */
export function destinationHealth({
  config,
  means,
  store,
  isKept,
  log,
  stopping,
}: DestinationHealthParts): DestinationHealth | undefined {
  const intervalMs = config.tls.healthIntervalMs;
  if (intervalMs === 0) return undefined;
  const pauseMs = Math.min(longestPauseMs, intervalMs);
  const trouble = bugLog(log, 'destinations are checked again later');
  let summary: (HealthSummary & { readonly at: number }) | undefined;
  let isNews = false;
  const isWanted = (destination: string): boolean => {
    const entry = means.tls.policy(destination);
    return entry.kind === 'invalid' || entry.health !== false;
  };
  const rounds = createHealthRounds({
    store,
    check: (destination, signal) => checkOnce(destination, means, trouble, signal),
    mayCheck: () => means.resolving.state().validating && isKept(),
    isWanted,
    intervalMs,
    expiryMs,
    log,
    checked: (_, news) => (isNews ||= news),
    now: Date.now,
  });

  async function sumUp(): Promise<void> {
    const at = Date.now();
    if (summary !== undefined && !isNews && at - summary.at < summaryMs && at >= summary.at) return;
    isNews = false;
    const tally = createHealthTally();
    for await (const { destination, health } of store.list()) {
      if (isWanted(destination)) tally.add(health);
      if (stopping.aborted) return;
    }
    summary = { at, ...tally.summary() };
  }

  async function look(): Promise<boolean> {
    const hasChecked = await rounds.look(stopping);
    // The queue watches Redis and tells its trouble; what was known stays, with its time.
    if (!stopping.aborted && isKept()) await sumUp().catch(trouble);
    return hasChecked;
  }

  let timer: NodeJS.Timeout | undefined;
  let looking: Promise<void> = Promise.resolve();
  function next(afterMs: number): void {
    if (stopping.aborted) return;
    timer = setTimeout(() => {
      looking = look().then((hasChecked) => next(hasChecked ? pauseMs : Math.min(idleMs, intervalMs)));
    }, afterMs);
  }

  return {
    mailed: (destination) => rounds.mailed(destination),
    summary: () => summary,
    begin: () => next(pauseMs),
    async stop() {
      clearTimeout(timer);
      await looking;
    },
  };
}

async function checkOnce(
  text: string,
  means: Omit<CheckMeans, 'sts'>,
  trouble: (error: unknown) => void,
  signal: AbortSignal,
): Promise<CheckedNow | undefined> {
  const destination = readDestination(text);
  if (destination === undefined) return undefined;
  return withStsOfItsOwn(means, trouble, (whole) =>
    checkBeside({ text, destination, aheadMs: 0, timeoutMs: checkMs }, whole, signal),
  );
}
