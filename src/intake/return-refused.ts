import { delaysOf } from '../core/log/delays.ts';
import {
  activeLine,
  deliveryLine,
  discardedLine,
  messageIdLine,
  removedLine,
  reportLine,
} from '../core/log/log-line.ts';
import type { Log } from '../core/log/log-event.ts';
import type { Envelope, Message, Recipient } from '../core/mail/message.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import type { Tried } from '../core/mail/tried.ts';
import type { Notification, Returning } from './returning.ts';

/** A recipient that does not get the message, and the reply of SMTP that says why. */
export interface Refusal {
  readonly recipient: Recipient;
  readonly reply: string;
}

/** A message of which recipients are refused, and nobody waits for the replies. */
export interface RefusedMessage {
  readonly queueId: string;
  readonly envelope: Envelope;
  /** Epoch milliseconds. */
  readonly arrivedAt: number;
  /** Of the content as it was handed over. */
  readonly size: number;
  readonly content: () => AsyncIterable<Buffer>;
}

/** What the sender of such a message is told, written but not stored. */
export interface ToldOf extends Notification {
  readonly message: Message;
  readonly failed: readonly Tried[];
}

/** Writes what the sender is told of these recipients. Rejects only for a bug. */
export async function tellSender(
  { content, ...refused }: RefusedMessage,
  refusals: readonly Refusal[],
  returning: Returning,
): Promise<ToldOf> {
  const message = { ...refused, messageId: '' };
  const failed = refusals.map(({ recipient, reply }, index) => ({
    index,
    recipient,
    status: statusOf(reply),
  }));
  return { message, failed, ...(await returning.write({ message, content }, failed)) };
}

/** The lines of a message that comes back, once that is stored. @param isWhole no recipient gets it */
export function logReturned(
  { message, failed, reports, discarded }: ToldOf,
  isWhole: boolean,
  log: Log,
): void {
  const { queueId, arrivedAt } = message;
  const delays = delaysOf({ arrivedAt, activeAt: arrivedAt, handedAt: arrivedAt, doneAt: arrivedAt });
  for (const { recipient, status } of failed)
    log(deliveryLine({ queueId, recipient, status, delays, connectionUse: 0, component: 'error' }));
  for (const { report, message: told } of reports) {
    log(messageIdLine(told.queueId, told.messageId));
    log(reportLine(queueId, told.queueId, report));
    log(activeLine(told, 1));
  }
  if (discarded !== undefined) log(discardedLine(queueId, discarded));
  if (isWhole) log(removedLine(queueId));
}

/** RFC 3463: the code of a reply that has none is the general one of its class. */
function statusOf(reply: string): DeliveryStatus {
  const [, dsn = '5.0.0', reason = reply] = /^5\d\d (5\.\d{1,3}\.\d{1,3}) (.*)$/s.exec(reply) ?? [];
  return { outcome: 'bounced', dsn, reason, scope: 'recipient', byUs: true };
}
