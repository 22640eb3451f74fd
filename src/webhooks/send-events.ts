import { setTimeout as sleep } from 'node:timers/promises';
import { retryDelay, type Webhook } from '../core/http/webhook.ts';
import type { Log } from '../core/log/log-event.ts';
import type { SecureWeb } from '../tls/web-connection.ts';
import { eventsDropped, webhookFailed, webhookWorks } from './log-lines.ts';
import { postEvent } from './post-event.ts';

/** Where events are kept. All of these reject while the store is away. */
export interface EventStore {
  take(wanted: {
    readonly webhook: string;
    readonly now: number;
    readonly count: number;
    readonly leaseMs: number;
  }): Promise<readonly { readonly id: string; readonly body: string; readonly attempts: number }[]>;
  settle(settled: {
    readonly webhook: string;
    readonly id: string;
    readonly retryAt?: number;
  }): Promise<unknown>;
  dropped(webhook: string): Promise<number>;
}

export interface SendPorts {
  readonly store: EventStore;
  readonly log: Log;
  /** Told of all errors: those of a store that is away are no news, others are bugs. */
  readonly trouble: (error: unknown) => void;
  readonly now: () => number;
  readonly secure: SecureWeb;
  /** How often it is looked whether there are events. */
  readonly lookEveryMs?: number;
}

export interface EventSender {
  stop(): Promise<void>;
}

const LOOK_EVERY_MS = 1_000;
/** Requests to one receiver at the same time. */
const AT_ONCE = 4;
/** Longer than a request may take. */
const LEASE_MS = 60_000;
/** A receiver that fails is left alone for a while, longer each time: the events of all messages would try it. */
const LONGEST_PAUSE_MS = 60_000;

/** Brings events to their receivers until it is stopped. One that does not work hinders no other, and no mail. */
export function sendEvents(webhooks: readonly Webhook[], ports: SendPorts): EventSender {
  const stopping = new AbortController();
  const loops = webhooks.map((webhook) => serve(webhook, ports, stopping.signal));
  return {
    async stop() {
      stopping.abort();
      await Promise.all(loops);
    },
  };
}

async function serve(webhook: Webhook, ports: SendPorts, stopping: AbortSignal): Promise<void> {
  const { store, log, trouble, now, lookEveryMs = LOOK_EVERY_MS } = ports;
  const { name } = webhook;
  let failures = 0;

  async function bring(event: {
    readonly id: string;
    readonly body: string;
    readonly attempts: number;
  }): Promise<boolean> {
    const posted = await postEvent(webhook, event, ports, stopping);
    const { id, attempts } = event;
    if ('status' in posted && posted.status >= 200 && posted.status < 300) {
      await store.settle({ webhook: name, id });
      if (failures > 0) log(webhookWorks(name));
      failures = 0;
      return true;
    }
    // The receiver has not failed: when the lease of the event ends, it is given out again.
    if (stopping.aborted && 'problem' in posted) return false;
    const why = 'status' in posted ? `answers ${posted.status}` : posted.problem;
    if (failures === 0) log(webhookFailed(name, why));
    failures += 1;
    const delay = retryDelay(attempts + 1);
    await store.settle({ webhook: name, id, ...(delay !== undefined && { retryAt: now() + delay }) });
    if (delay === undefined) log(eventsDropped(name, 1, 'nobody took them for a day'));
    return false;
  }

  while (!stopping.aborted) {
    let waitMs = lookEveryMs;
    try {
      const dropped = await store.dropped(name);
      if (dropped > 0) log(eventsDropped(name, dropped, 'no room for them (http.webhook_queue_limit)'));
      // One at a time shows whether a receiver is there again.
      const count = failures > 0 ? 1 : AT_ONCE;
      const events = await store.take({ webhook: name, now: now(), count, leaseMs: LEASE_MS });
      const brought = await Promise.all(events.map(bring));
      if (brought.length === count && brought.every(Boolean)) waitMs = 0;
      if (failures > 0) waitMs = Math.min(lookEveryMs * 2 ** Math.min(failures, 10), LONGEST_PAUSE_MS);
    } catch (error) {
      trouble(error);
    }
    await sleep(waitMs, undefined, { signal: stopping, ref: false }).catch(() => {});
  }
}
