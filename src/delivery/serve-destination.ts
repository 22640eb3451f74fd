import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Log } from '../core/outcome/log-event.ts';
import { activeLine } from '../core/outcome/log-line.ts';
import { conclude, type ConcludePorts, type Outcome } from './conclude.ts';
import { deliver } from './deliver.ts';
import type { Attempt, DeliverPorts, Mail, Route } from './ports.ts';
import { sessionPool, type PoolRules } from './session-pool.ts';

/** The mail of one destination, ours alone while this run lasts. */
export interface Supply {
  readonly destination: string;
  take(count: number): Promise<readonly Mail[] | 'lost'>;
  settle(mail: Mail, outcome: Outcome): Promise<boolean>;
  release(mails: readonly Mail[]): Promise<void>;
  /** True as soon as there may be new mail, false after `ms`. */
  newMail(ms: number): Promise<boolean>;
}

export interface ServePorts {
  findRoute(destination: string, signal: AbortSignal): Promise<Route>;
  /** Another number than before: the operator changed the policy, and routes must be found anew. */
  policyVersion(): number;
  readonly deliver: DeliverPorts;
  readonly conclude: Omit<ConcludePorts, 'settle'>;
  readonly pool: PoolRules;
  /** Deliveries to one destination at the same time. */
  readonly concurrency: number;
  readonly log: Log;
  readonly now: () => number;
}

/** How many are opened at once to a destination nothing is known of; each success allows one more (Postfix: 5). */
const INITIAL_CONCURRENCY = 5;
/** Mail that falls due while others are under way is noticed at least this often. */
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
  const underWay = new Set<Promise<void>>();
  let window = Math.min(INITIAL_CONCURRENCY, ports.concurrency);
  let stock: Mail[] = [];
  let route: Route | undefined;
  let version = ports.policyVersion();

  function begin(mail: Mail, current: Route): void {
    const work = attempt(mail, current, pool, supply, ports, giveUp).then((delivered) => {
      if (delivered) window = Math.min(ports.concurrency, window + 1);
      underWay.delete(work);
    });
    underWay.add(work);
  }

  try {
    while (!stopping.aborted) {
      if (
        version !== ports.policyVersion() ||
        route === undefined ||
        route.kind === 'wait' ||
        route.expiresAt <= now()
      ) {
        version = ports.policyVersion();
        route = await ports.findRoute(supply.destination, giveUp);
        if (route.kind === 'wait') return { postponeUntil: route.untilMs };
      }
      const free = window - underWay.size;
      if (free > 0 && stock.length === 0) {
        const taken = await supply.take(free + window);
        if (taken === 'lost') break;
        stock = [...taken];
      }
      for (const mail of stock.splice(0, free)) begin(mail, route);
      if (underWay.size >= window) {
        await Promise.race(underWay);
      } else if (stock.length === 0) {
        const cameOrEnded = await pause(supply, underWay, ports);
        if (!cameOrEnded && underWay.size === 0) break;
        if (pool.expire() === 0 && underWay.size === 0 && !cameOrEnded) break;
      }
    }
  } finally {
    await Promise.all(underWay);
    await supply.release(stock);
    pool.closeAll();
  }
  // A relay that stops leaves the rest for its next start.
  return stopping.aborted ? { postponeUntil: now() } : undefined;
}

/** Waits for new mail or for the end of a delivery; false when neither came within the patience we have. */
async function pause(
  supply: Supply,
  underWay: ReadonlySet<Promise<void>>,
  { pool }: ServePorts,
): Promise<boolean> {
  if (underWay.size === 0) return supply.newMail(pool.reuse ? pool.idleMs : 0);
  return Promise.race([...underWay].map((work) => work.then(() => true)).concat(supply.newMail(LOOK_MS)));
}

/** One message, from claim to verdict. Resolves to whether somebody took it. Never throws. */
async function attempt(
  mail: Mail,
  route: Route,
  pool: ReturnType<typeof sessionPool>,
  supply: Supply,
  ports: ServePorts,
  giveUp: AbortSignal,
): Promise<boolean> {
  const { now, log } = ports;
  const { message } = mail;
  const handedAt = now();
  // A first attempt has been in the active queue since it came; later ones enter it now.
  const activeAt = mail.attempts === 0 ? (message.queuedAt ?? message.arrivedAt) : handedAt;
  if (mail.attempts > 0) log(activeLine(message, mail.waiting.length));
  const attempts = await attemptSafely(mail, route, pool, ports, giveUp);
  try {
    await conclude(
      mail,
      attempts,
      { activeAt, handedAt },
      {
        ...ports.conclude,
        settle: (outcome) => supply.settle(mail, outcome),
      },
    );
  } catch (error) {
    // Not written down: the message stays claimed and starts again with the next owner. Better twice than never.
    log({
      component: 'qmgr',
      severity: 'error',
      text: `${message.queueId}: the outcome could not be stored: ${stackOf(error)}`,
    });
  }
  return attempts.some(({ status }) => status.outcome === 'sent');
}

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
    const text = `${mail.message.queueId}: internal error, delivery deferred: ${stackOf(error)}`;
    ports.log({ component: 'smtp', severity: 'error', text });
    const status: DeliveryStatus = {
      outcome: 'deferred',
      scope: 'message',
      dsn: '4.3.0',
      reason: 'internal error of this relay',
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
