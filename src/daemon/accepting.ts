import type { Config } from '../config/config.ts';
import type { Recipient } from '../core/mail/message.ts';
import type { Log } from '../core/log/log-event.ts';
import { activeLine } from '../core/log/log-line.ts';
import type { IntakeListener } from '../intake/intake-options.ts';
import { startIntake, type Intake } from '../intake/server/smtp-intake.ts';
import type { Accept } from '../intake/submission.ts';
import type { Queue } from '../queue/open-queue.ts';
import { signingLine } from '../dkim/log-lines.ts';
import { signing as signed, withSignature } from '../dkim/sign-content.ts';
import type { Signed } from '../core/dkim/message-signer.ts';
import type { Signing } from './signing.ts';
import type { Transports } from './transports.ts';

export interface AcceptingParts {
  readonly config: Config;
  readonly listeners: readonly IntakeListener[];
  readonly hostname: string;
  readonly queue: Queue;
  readonly transports: Transports;
  readonly signing: Pick<Signing, 'sign'>;
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
  signing,
  newQueueId,
  log,
}: AcceptingParts): Promise<Intake> {
  const accept: Accept = async (submission) => {
    const { queueId, content } = submission;
    const sign = signing.sign();
    let signature: Signed | undefined;
    const tell = (one: Signed): void => {
      signature = one;
      for (const note of one.notes) log(signingLine(queueId, note));
    };
    const message = await queue.accept({
      queueId,
      content: sign === undefined ? content : signed(content, sign, tell),
      finish() {
        const complete = { ...submission.message(), queuedAt: Date.now() };
        const routing = routingOf(complete.envelope.recipients, transports);
        if (signature === undefined) return { message: complete, routing };
        return { message: withSignature(complete, signature), routing, head: signature.fields };
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
