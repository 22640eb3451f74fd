import { asciiLine } from '../core/dns/ascii-line.ts';
import type { LogEvent } from '../core/log/log-event.ts';

/** Written once, until it works again. */
export function webhookFailed(name: string, reason: string): LogEvent {
  const shown = asciiLine(reason, 200);
  const text = `webhook ${name}: ${shown}; its events wait`;
  return {
    component: 'master',
    severity: 'warning',
    event: 'webhook failed',
    text,
    fields: { webhook: name, reason: shown },
  };
}

export function webhookWorks(name: string): LogEvent {
  const text = `webhook ${name}: takes events again`;
  return { component: 'master', severity: 'info', event: 'webhook works', text, fields: { webhook: name } };
}

/** @param why `no room for them` or `nobody took them for a day` */
export function eventsDropped(name: string, count: number, why: string): LogEvent {
  const text = `webhook ${name}: ${count} events dropped: ${why}`;
  return {
    component: 'master',
    severity: 'warning',
    event: 'webhook dropped',
    text,
    fields: { webhook: name, count },
  };
}
