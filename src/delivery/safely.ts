import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import { stackOf } from '../core/error-words.ts';
import { joinLines } from '../core/mail/printable.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Route } from './route.ts';
import { conclude, type AttemptStart, type ConcludePorts, type OutcomeStore } from './conclude.ts';
import { deliver } from './deliver.ts';
import type { Delivery, DeliverPorts } from './ports.ts';
import { sameForAll } from './defer-all.ts';
import { deliveryBug, outcomeNotStored } from './log-lines.ts';

export interface SafePorts {
  readonly deliver: DeliverPorts;
  readonly conclude: ConcludePorts;
  readonly log: Log;
  readonly now: () => number;
}

/** Never rejects. */
export async function concludeSafely(
  mail: Claim,
  attempts: readonly Attempt[],
  start: AttemptStart,
  store: OutcomeStore,
  ports: Omit<SafePorts, 'deliver'>,
): Promise<void> {
  try {
    await conclude(mail, attempts, start, store, ports.conclude);
  } catch (error) {
    // Not written down: the message stays claimed and starts again later. Better twice than never; but nobody gets it
    // again who is known to have it, so at least that is written.
    mail.heard(new Map(attempts.map((attempt) => [attempt.index, attempt])));
    ports.log(outcomeNotStored(mail.message.queueId, wordsOf(error)));
  }
}

/** Never rejects. */
export async function attemptSafely(
  mail: Claim,
  route: Route,
  means: Omit<Delivery, 'mail'>,
  { log, now }: Pick<SafePorts, 'log' | 'now'>,
): Promise<readonly Attempt[]> {
  try {
    if (route.kind === 'route') return await deliver(mail, route, means);
    if (route.kind === 'trouble') return withoutHosts(sameForAll(mail, route.status, now()), route);
    throw new Error('a delivery began without a route');
  } catch (error) {
    // A bug of ours: the mail waits, the operator hears of it, nobody gets a bounce.
    log(deliveryBug(mail.message.queueId, wordsOf(error)));
    const status: DeliveryStatus = {
      outcome: 'deferred',
      scope: 'message',
      dsn: '4.3.0',
      reason: 'internal error of this relay',
      ours: true,
    };
    return sameForAll(mail, status, now());
  }
}

function withoutHosts(
  attempts: readonly Attempt[],
  { trail }: Route & { kind: 'trouble' },
): readonly Attempt[] {
  const evidence = { hosts: [], ...(trail !== undefined && { trail }) };
  return attempts.map((attempt) => ({ ...attempt, evidence }));
}

/** What the store says in words for the operator needs no stack. */
function wordsOf(error: unknown): string {
  return isQueueTrouble(error) ? error.message : joinLines(stackOf(error), ' | ');
}
