import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { activeLine } from '../core/outcome/log-line.ts';
import { conclude, type AttemptStart, type ConcludePorts, type Elsewhere, type Outcome } from './conclude.ts';
import { deliver } from './deliver.ts';
import { sortInDoubt } from './in-doubt.ts';
import type { Attempt, DeliverPorts, Mail, Route } from './ports.ts';
import { sessionPool, type PoolRules } from './session-pool.ts';
import { createStock, type Stock } from './stock.ts';

/** The mail of one destination, ours alone while this run lasts. */
export interface Supply {
  readonly destination: string;
  take(count: number): Promise<readonly Mail[] | 'lost'>;
  settle(mail: Mail, outcome: Outcome): Promise<boolean>;
  /** As in ConcludePorts. */
  warn(mail: Mail): Promise<readonly Elsewhere[] | undefined>;
  release(mails: readonly Mail[]): Promise<void>;
  /** True as soon as there may be new mail, false after `ms`. */
  newMail(ms: number): Promise<boolean>;
  /** Other destinations may be waiting for the place that this run takes. */
  crowded(): boolean;
}

export interface ServePorts {
  findRoute(destination: string, signal: AbortSignal): Promise<Route>;
  /** Another number than before: the operator changed the policy, and routes must be found anew. */
  policyVersion(): number;
  readonly deliver: DeliverPorts;
  readonly conclude: Omit<ConcludePorts, 'settle' | 'warn'>;
  readonly pool: PoolRules;
  /** Deliveries to one destination at the same time. */
  readonly concurrency: number;
  readonly log: Log;
  readonly now: () => number;
}

/** How many are opened at once to a destination nothing is known of; each success allows one more (Postfix: 5). */
const INITIAL_CONCURRENCY = 5;
/** How soon a run that only waits notices that its place is needed. */
const LINGER_STEP_MS = 100;
/** How soon it notices mail that has fallen due; a multiple of the step. */
const LOOK_MS = 1_000;

/**
 * Serves a destination until it has nothing due: several deliveries side by side, sessions handed from one to the next,
 * and a little patience at the end for mail that follows. Nothing new is begun once `stopping` is aborted; deliveries
 * under way are brought to their end unless `giveUp` is aborted too.
 */
export async function serveDestination(
  supply: Supply,
  ports: ServePorts,
  stopping: AbortSignal,
  giveUp: AbortSignal,
): Promise<{ readonly postponeUntil: number } | undefined> {
  const { now } = ports;
  const pool = sessionPool(ports.pool, now);
  const stock = createStock(supply);
  const underWay = new Set<Promise<void>>();
  // What was delivered is written down while the session takes the next mail; it is not let run far ahead.
  const concluding = new Set<Promise<void>>();
  let window = Math.min(INITIAL_CONCURRENCY, ports.concurrency);
  let route: Route | undefined;
  let version = ports.policyVersion();

  async function work(mail: Mail, current: Route): Promise<void> {
    const start = startOf(mail, ports);
    const { toTry, attempts: over } = sortInDoubt(mail, ports.deliver);
    const tried = toTry.waiting.length === 0 ? [] : await attemptSafely(toTry, current, pool, ports, giveUp);
    const attempts = [...over, ...tried];
    if (attempts.some(({ status }) => status.outcome === 'sent'))
      window = Math.min(ports.concurrency, window + 1);
    track(concluding, concludeSafely(mail, attempts, start, supply, ports));
  }

  try {
    while (!stopping.aborted && !stock.isLost()) {
      if (route === undefined || isStale(route, now()) || version !== ports.policyVersion()) {
        version = ports.policyVersion();
        route = await ports.findRoute(supply.destination, giveUp);
        if (route.kind === 'wait') return { postponeUntil: route.untilMs };
      }
      for (const mail of stock.draw(window - underWay.size)) track(underWay, work(mail, route));
      stock.fetch(window);
      pool.expire();
      if (stock.isEmpty() && underWay.size === 0) {
        if (!(await linger(stock, supply, ports.pool, window))) break;
        continue;
      }
      const behind = concluding.size >= ports.concurrency ? concluding : underWay;
      await Promise.race([...behind, stock.news()].filter((event) => event !== undefined));
    }
  } finally {
    await Promise.all(underWay);
    await Promise.all(concluding);
    pool.closeAll();
    await supply.release(await stock.close());
  }
  // A relay that stops leaves the rest for its next start.
  return stopping.aborted ? { postponeUntil: now() } : undefined;
}

/**
 * A moment's patience for mail that follows, as long as nobody else needs the place; true when there may be some. What
 * was deferred before may fall due meanwhile.
 */
async function linger(
  stock: Stock,
  supply: Supply,
  { reuse, idleMs }: PoolRules,
  count: number,
): Promise<boolean> {
  const patience = reuse ? idleMs : 0;
  for (let waited = 0; waited < patience && !supply.crowded(); waited += LINGER_STEP_MS) {
    if (waited > 0 && waited % LOOK_MS === 0 && (await stock.look(count))) return true;
    if (await stock.linger(Math.min(LINGER_STEP_MS, patience - waited))) return true;
  }
  return false;
}

function isStale(route: Route, now: number): boolean {
  return route.kind === 'wait' || route.expiresAt <= now;
}

function track(set: Set<Promise<void>>, work: Promise<void>): void {
  const tracked = work.finally(() => set.delete(tracked));
  set.add(tracked);
}

/** A first attempt has been in the active queue since the mail came; later ones enter it now. */
function startOf({ message, attempts, waiting }: Mail, { now, log }: ServePorts): AttemptStart {
  const handedAt = now();
  if (attempts > 0) log(activeLine(message, waiting.length));
  return { activeAt: attempts === 0 ? (message.queuedAt ?? message.arrivedAt) : handedAt, handedAt };
}

/** Never rejects. */
async function concludeSafely(
  mail: Mail,
  attempts: readonly Attempt[],
  start: AttemptStart,
  supply: Supply,
  ports: ServePorts,
): Promise<void> {
  const settle = (outcome: Outcome): Promise<boolean> => supply.settle(mail, outcome);
  const warn = (): Promise<readonly Elsewhere[] | undefined> => supply.warn(mail);
  try {
    await conclude(mail, attempts, start, { ...ports.conclude, settle, warn });
  } catch (error) {
    // Not written down: the message stays claimed and starts again later. Better twice than never.
    const { queueId } = mail.message;
    const text = `${queueId}: the outcome could not be stored: ${stackOf(error)}`;
    ports.log({
      component: 'qmgr',
      severity: 'error',
      event: 'outcome not stored',
      text,
      fields: { queueId },
    });
  }
}

/** Never rejects. */
async function attemptSafely(
  mail: Mail,
  route: Route,
  pool: ReturnType<typeof sessionPool>,
  ports: ServePorts,
  signal: AbortSignal,
): Promise<readonly Attempt[]> {
  try {
    if (route.kind === 'route') return await deliver(mail, route, pool, ports.deliver, signal);
    if (route.kind === 'trouble') return everyone(mail, route.status, ports.now());
    throw new Error('a delivery began without a route');
  } catch (error) {
    // A bug of ours: the mail waits, the operator hears of it, nobody gets a bounce.
    const { queueId } = mail.message;
    const text = `${queueId}: internal error, delivery deferred: ${stackOf(error)}`;
    ports.log({ component: 'smtp', severity: 'error', event: 'bug', text, fields: { queueId } });
    const status: DeliveryStatus = {
      outcome: 'deferred',
      scope: 'message',
      dsn: '4.3.0',
      reason: 'internal error of this relay',
      ours: true,
    };
    return everyone(mail, status, ports.now());
  }
}

function everyone(mail: Mail, status: DeliveryStatus, doneAt: number): readonly Attempt[] {
  return mail.waiting.map((one) => ({ ...one, status, stamps: { doneAt }, connectionUse: 1 }));
}

function stackOf(error: unknown): string {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return stack.replaceAll(/\s*\n\s*/g, ' | ');
}
