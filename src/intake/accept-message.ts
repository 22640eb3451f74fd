import type { OutgoingReport } from '../core/delivery/outcome.ts';
import type { Remember } from '../core/intake/door.ts';
import type { Envelope, Client, Message } from '../core/mail/message.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import type { Log } from '../core/log/log-event.ts';
import { storeReply } from './store-reply.ts';
import type { Content } from './content.ts';
import { ContentRefused } from './content-refused.ts';
import { bug, messageId, storeTrouble, tlsRequiredIgnored } from './log-lines.ts';
import type { Accept } from './submission.ts';

/** A message whose DATA has begun. */
export interface IncomingMessage {
  readonly queueId: string;
  readonly envelope: Envelope;
  readonly client: Client;
  readonly arrivedAt: number;
  readonly declaredSizeBytes?: number;
  readonly takenOnce?: string;
  readonly content: Content;
  /** Nobody obeys `TLS-Required` in its header. */
  readonly ignoresTlsRequired?: boolean;
  readonly remember?: Remember;
  readonly reports?: readonly OutgoingReport[];
}

/**
 * Hands a message to the queue while it is being received. Resolves with the reply to the end of DATA, or with undefined
 * if the client is gone. Never rejects.
 */
export async function acceptMessage(
  incoming: IncomingMessage,
  accept: Accept,
  log: Log,
): Promise<string | undefined> {
  const { content, queueId, ...facts } = incoming;
  let isTold = false;
  const record = (): Message => {
    if (!content.chunks.consumed) throw new Error('the content was not read to its end');
    const { envelope, client, arrivedAt } = facts;
    const { size, messageId: id, tlsRequired, wantsReceipt } = content.summary;
    if (!isTold) {
      log(messageId(queueId, id));
      const ignored = incoming.ignoresTlsRequired || tlsRequired === 'nothing' || tlsRequired === 'no';
      if (!ignored) log(tlsRequiredIgnored(queueId, tlsRequired));
    }
    isTold = true;
    const message = { queueId, envelope, client, arrivedAt, size, messageId: id };
    return {
      ...message,
      ...(tlsRequired === 'no' && !incoming.ignoresTlsRequired && { tlsOptional: true }),
      ...(wantsReceipt && { wantsReceipt }),
    };
  };
  try {
    await content.begun;
    await accept({ queueId, ...facts, content: content.chunks, message: record });
    if (!isTold) record();
    // RFC 5321 §4.2.5: from here on the message is ours.
    return `250 2.0.0 Ok: queued as ${queueId}`;
  } catch (error) {
    const refusal = content.refusal ?? (error instanceof ContentRefused ? error : undefined);
    return refusal ? refusal.reply : storeTroubleReply(queueId, error, log);
  } finally {
    content.chunks.discard();
  }
}

/** A message was accepted before for the same key, which SMTP has no word for. */
export const takenReply = '550 5.7.0 Error: accepted before';

function storeTroubleReply(queueId: string, error: unknown, log: Log): string {
  if (!isQueueTrouble(error)) {
    log(bug(queueId, error));
    return '451 4.3.0 Error: internal error';
  }
  if (error.code === 'QUEUE_TAKEN') return takenReply;
  log(storeTrouble(queueId, error));
  return storeReply(error);
}
