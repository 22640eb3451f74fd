import type { Signed } from '../core/dkim/message-signer.ts';
import { activeLine } from '../core/log/log-line.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Remember } from '../core/intake/door.ts';
import type { History, HistoryLimits } from '../core/mail/history.ts';
import type { Message, Recipient } from '../core/mail/message.ts';
import { signingLine } from '../dkim/log-lines.ts';
import { signing as signed, withSignature } from '../dkim/sign-content.ts';
import type { Accept } from '../intake/submission.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { Telling } from './history.ts';
import type { Signing } from './signing.ts';
import type { Transports } from './transports.ts';

export interface AcceptSubmissionParts {
  readonly queue: Pick<Queue, 'accept'>;
  readonly transports: Pick<Transports, 'nextHopOf'>;
  readonly signing: Pick<Signing, 'sign'>;
  /** How much is remembered of messages for those who ask. */
  readonly limits: HistoryLimits;
  readonly telling: Pick<Telling, 'accepted'>;
  readonly log: Log;
  /** Is told how many milliseconds a message took from its end to stable storage. */
  readonly accepted?: (tookMs: number) => void;
}

/** The way into the queue for every kind of client: a message is signed, and stored for each next hop. */
export function acceptSubmission({
  queue,
  transports,
  signing,
  limits,
  telling,
  log,
  accepted,
}: AcceptSubmissionParts): Accept {
  return async (submission) => {
    const { queueId, content } = submission;
    const sign = signing.sign();
    let endedAt = 0;
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
        endedAt = performance.now();
        const { remember, reports = [] } = submission;
        const complete = {
          ...submission.message(),
          queuedAt: Date.now(),
          ...(remember !== undefined && { submitter: remember.submitter }),
        };
        const routing = routingOf(complete.envelope.recipients, transports);
        const more = { routing, reports, ...historyOf(complete, remember, { limits, telling }) };
        if (signature === undefined) return { message: complete, ...more };
        return { message: withSignature(complete, signature), head: signature.fields, ...more };
      },
    });
    accepted?.(performance.now() - endedAt);
    log(activeLine(message, message.envelope.recipients.length));
    return message;
  };
}

function historyOf(
  message: Message,
  remember: Remember | undefined,
  { limits, telling }: Pick<AcceptSubmissionParts, 'limits' | 'telling'>,
): { readonly history?: History } {
  const events = telling.accepted(message);
  if (remember === undefined && events.length === 0) return {};
  const told = { limits, ...(events.length > 0 && { events }) };
  if (remember === undefined) return { history: told };
  const { queueId, envelope, messageId } = message;
  const { submitter, answer, once } = remember;
  const to = envelope.recipients.map(({ address }) => address);
  const key = once && { once: { key: once.key, fingerprint: once.fingerprint() } };
  return {
    history: { ...told, remember: { submitter, to, answer: answer(queueId, messageId), ...key } },
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
