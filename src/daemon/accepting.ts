import type { Config } from '../config/config.ts';
import type { Recipient } from '../core/mail/message.ts';
import type { Log } from '../core/log/log-event.ts';
import { activeLine } from '../core/log/log-line.ts';
import type { IntakeListener } from '../intake/intake-options.ts';
import { startIntake, type Intake } from '../intake/server/smtp-intake.ts';
import type { Accept } from '../intake/submission.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { Transports } from './transports.ts';

export interface AcceptingParts {
  readonly config: Config;
  readonly listeners: readonly IntakeListener[];
  readonly hostname: string;
  readonly queue: Queue;
  readonly transports: Transports;
  readonly newQueueId: () => string;
  readonly log: Log;
}

/** Starts the intake. A message is in the queue, for each next hop, before the client is told 250. */
export function startAccepting({
  config,
  listeners,
  hostname,
  queue,
  transports,
  newQueueId,
  log,
}: AcceptingParts): Promise<Intake> {
  const accept: Accept = async (submission) => {
    const message = await queue.accept({
      queueId: submission.queueId,
      content: submission.content,
      finish() {
        const complete = { ...submission.message(), queuedAt: Date.now() };
        return { message: complete, routing: routingOf(complete.envelope.recipients, transports) };
      },
    });
    log(activeLine(message, message.envelope.recipients.length));
    return message;
  };
  const cidr = ({ address, prefix }: Config['networks'][number]): string => `${address}/${prefix}`;
  const { appendOrigin, ...settings } = config.intake;
  return startIntake(
    {
      ...settings,
      ...(appendOrigin !== 'none' && { appendOrigin: appendOrigin || hostname }),
      messageDropHeaders: new Set(settings.messageDropHeaders),
      listeners,
      hostname,
      networks: config.networks.map(cidr),
      clientEventLimitExceptions: config.intake.clientEventLimitExceptions.map(cidr),
    },
    { accept, storeRefusal: () => queue.refusal(), newQueueId, log, now: Date.now },
  );
}

function routingOf(
  recipients: readonly Recipient[],
  transports: Transports,
): ReadonlyMap<string, readonly number[]> {
  const routing = new Map<string, number[]>();
  for (const [index, { address }] of recipients.entries()) {
    const nextHop = transports.nextHopOf(address);
    const indexes = routing.get(nextHop);
    if (indexes === undefined) routing.set(nextHop, [index]);
    else indexes.push(index);
  }
  return routing;
}
