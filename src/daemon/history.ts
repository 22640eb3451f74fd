import type { Config } from '../config/config.ts';
import { randomUUID } from 'node:crypto';
import { acceptedEvents, outcomeEvents, type Webhook } from '../core/http/webhook.ts';
import type { History, HistoryLimits } from '../core/mail/history.ts';
import type { Message } from '../core/mail/message.ts';
import type { Queue } from '../queue/open-queue.ts';
import type { EventStore } from '../webhooks/send-events.ts';
import type { TellOutcome } from '../delivery/history.ts';

/** Keys of requests are good for a day, as with others who have them. */
const KEY_MS = 24 * 3_600_000;

export function historyLimits({ http }: Pick<Config, 'http'>): HistoryLimits {
  return {
    recipients: http.historyLimit,
    keptMs: http.historyTimeMs,
    keyMs: Math.min(KEY_MS, http.historyTimeMs),
    events: http.webhookQueueLimit,
  };
}

/** What webhooks are told of messages; nothing where there are none. */
export interface Telling {
  readonly accepted: (message: Message) => NonNullable<History['events']>;
  readonly outcome?: TellOutcome;
}

export function tellWebhooks(webhooks: readonly Webhook[]): Telling {
  const newId = (): string => `msg_${randomUUID()}`;
  return {
    accepted: (message) => (webhooks.length === 0 ? [] : acceptedEvents(message, webhooks, newId)),
    ...(webhooks.length > 0 && {
      outcome: (message, address, outcome) => outcomeEvents(message, address, outcome, webhooks, newId),
    }),
  };
}

/** Where the events of webhooks are kept: apart from mail, in the same Redis. */
export function eventStore({ events }: Pick<Queue, 'events'>): EventStore {
  return {
    take: (wanted) => events.takeEvents(wanted),
    settle: (settled) => events.settleEvent(settled),
    dropped: (webhook) => events.droppedEvents({ webhook }),
  };
}
