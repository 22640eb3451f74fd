import type { History, RecordedOutcome } from '../mail/history.ts';
import type { Message } from '../mail/message.ts';

/** What a receiver can be told of. */
export const webhookEvents = [
  'message.accepted',
  'message.deferred',
  'message.delivered',
  'message.bounced',
  'message.expired',
  'message.held',
] as const;
export type WebhookEvent = (typeof webhookEvents)[number];

/** Somebody who is told over HTTP what becomes of messages. */
export interface Webhook {
  /** As log and store call it. */
  readonly name: string;
  readonly url: string;
  /** Key of the signatures (Standard Webhooks). */
  readonly secret: Buffer;
  readonly events: readonly WebhookEvent[];
  /** Only messages that came with these tokens; empty: all messages. */
  readonly tokens: readonly string[];
  /** It may be on a private network, and without TLS. */
  readonly allowPrivate: boolean;
}

/** Recipients of a message that an event names. */
const MOST_RECIPIENTS = 50;

type Told = NonNullable<History['events']>[number];

/** What the receivers are told of a message that was accepted. @param newId of an event */
export function acceptedEvents(
  message: Message,
  webhooks: readonly Webhook[],
  newId: () => string,
): readonly Told[] {
  const { queueId, messageId, envelope, submitter, arrivedAt } = message;
  const { sender, recipients } = envelope;
  const data = {
    id: queueId,
    messageId,
    from: sender,
    recipients: recipients.slice(0, MOST_RECIPIENTS).map(({ address }) => address),
    recipientCount: recipients.length,
    ...(submitter !== undefined && { token: submitter }),
  };
  return tell('message.accepted', arrivedAt, data, submitter, webhooks, newId);
}

/** What they are told of a recipient after an attempt. */
export function outcomeEvents(
  message: Message,
  address: string,
  outcome: RecordedOutcome,
  webhooks: readonly Webhook[],
  newId: () => string,
): readonly Told[] {
  const { queueId, messageId, envelope, submitter } = message;
  const { state, at, reason, ...more } = outcome;
  const data = {
    id: queueId,
    messageId,
    from: envelope.sender,
    recipient: address,
    ...(submitter !== undefined && { token: submitter }),
    reply: reason,
    ...more,
  };
  return tell(`message.${state}`, at, data, submitter, webhooks, newId);
}

function tell(
  type: WebhookEvent,
  at: number,
  data: object,
  submitter: string | undefined,
  webhooks: readonly Webhook[],
  newId: () => string,
): readonly Told[] {
  const wanted = webhooks.filter(
    ({ events, tokens }) =>
      events.includes(type) &&
      (tokens.length === 0 || (submitter !== undefined && tokens.includes(submitter))),
  );
  if (wanted.length === 0) return [];
  const body = JSON.stringify({ type, timestamp: new Date(at).toISOString(), data });
  return wanted.map(({ name }) => [name, newId(), body] as const);
}

/** Seconds until an event that could not be brought to its receiver is tried again, after so many attempts. */
const retrySeconds = [5, 30, 120, 600, 1_800, 3_600, 7_200, 14_400, 21_600, 28_800];

/** Milliseconds; undefined: it is given up, after a day or so. @param attempts that failed, from 1 on */
export function retryDelay(attempts: number): number | undefined {
  const seconds = retrySeconds[attempts - 1];
  return seconds === undefined ? undefined : seconds * 1000;
}
