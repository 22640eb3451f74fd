import type { Component } from '../events/component.ts';
import type { EventName } from '../events/event-table.ts';

export { components, type Component } from '../events/component.ts';

export type Severity = 'info' | 'warning' | 'error';

/** One line of the mail log, in both of its forms. */
export interface LogEvent {
  readonly component: Component;
  readonly severity: Severity;
  readonly event: EventName;
  /** Shown from this `tls.loglevel` on; absent: always. */
  readonly tlsLevel?: 1 | 2;
  /** Complete text after `NAME/component[pid]: `, already with `QUEUEID: ` where it has one, without `warning: `. */
  readonly text: string;
  /** The same facts for the JSON form; keys in camelCase, plain values; `queueId` where the text begins with one. */
  readonly fields?: Readonly<Record<string, unknown>>;
}

/** Takes a line; never throws, never waits. */
export type Log = (event: LogEvent) => void;
