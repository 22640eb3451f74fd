import type { LogEvent } from '../core/log/log-event.ts';

/** Stands where the lines would stand. */
export function linesDropped(count: number, reason: string): LogEvent {
  return {
    component: 'master',
    severity: 'warning',
    event: 'log lines dropped',
    text: `${count} log lines were dropped: ${reason}`,
    fields: { count, reason },
  };
}
