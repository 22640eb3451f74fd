import type { LogEvent } from '../core/log/log-event.ts';

/** @param queueId of the message that the report is about; the report goes without its content */
export function contentUnreadable(queueId: string, error: unknown): LogEvent {
  const text = `${queueId}: cannot read message content for a report: ${String(error)}`;
  return { component: 'bounce', severity: 'error', event: 'content unreadable', text, fields: { queueId } };
}
