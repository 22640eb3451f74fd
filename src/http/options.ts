import type { AccessToken } from '../core/http/token.ts';
import type { Door } from '../core/intake/door.ts';
import type { KnownKey, MessageHistory } from '../core/mail/history.ts';
import type { MemoryBudget } from '../core/memory-budget.ts';
import type { Log } from '../core/log/log-event.ts';

/** Where clients come in. */
export type HttpListenAt =
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number; readonly ipv6Only: boolean }
  | { readonly kind: 'unix'; readonly path: string };

export interface HttpOptions {
  readonly listen: readonly HttpListenAt[];
  /** Connections at one time. */
  readonly clientLimit: number;
  /** For a whole request, its body included. */
  readonly requestTimeoutMs: number;
  /** Octets of a raw message. */
  readonly messageSizeLimitBytes: number;
  /** Octets of a request in JSON. */
  readonly jsonSizeLimitBytes: number;
  readonly recipientLimit: number;
}

export interface HttpPorts {
  readonly door: Door;
  /** For what clients have open. */
  readonly memory: MemoryBudget;
  /** Those that hold now. */
  readonly tokens: () => readonly AccessToken[];
  /** What was accepted for the key of a request. Rejects with an error whose `code` is `QUEUE_…`. */
  readonly knownKey: (key: string) => Promise<KnownKey | undefined>;
  /** What is known of a message. The same. */
  readonly history: (queueId: string) => Promise<MessageHistory | undefined>;
  readonly log: Log;
  /** Epoch ms. */
  readonly now: () => number;
}
