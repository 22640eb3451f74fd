import type { Signed } from '../core/dkim/message-signer.ts';
import { activeLine } from '../core/log/log-line.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Recipient } from '../core/mail/message.ts';
import { signingLine } from '../dkim/log-lines.ts';
import { signing as signed, withSignature } from '../dkim/sign-content.ts';
import type { Accept } from '../intake/submission.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { Signing } from './signing.ts';
import type { Transports } from './transports.ts';

export interface AcceptSubmissionParts {
  readonly queue: Pick<Queue, 'accept'>;
  readonly transports: Pick<Transports, 'nextHopOf'>;
  readonly signing: Pick<Signing, 'sign'>;
  readonly log: Log;
}

/** The way into the queue, whoever hands a message over: it is signed, and stored for each next hop. */
export function acceptSubmission({ queue, transports, signing, log }: AcceptSubmissionParts): Accept {
  return async (submission) => {
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
      ...(submission.takenOnce !== undefined && { takenOnce: submission.takenOnce }),
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
}

function routingOf(
  recipients: readonly Recipient[],
  transports: Pick<Transports, 'nextHopOf'>,
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
