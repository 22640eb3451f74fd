import type { LogEvent } from '../core/log/log-event.ts';

/** @param why in words for the operator */
export function noReceiptKey(why: string): LogEvent {
  const text = `no receipts are signed: ${why}`;
  return { component: 'smtp', severity: 'warning', event: 'no receipt key', text, fields: { reason: why } };
}

/** Receipts of some recipients were signed. */
export function receiptsSigned(queueId: string, count: number, key: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'info',
    event: 'receipts signed',
    text: `${queueId}: receipts signed: ${count}, key=${key}`,
    fields: { queueId, count, key },
  };
}

/** Somebody wants receipts, and does not get some. */
export function receiptsMissing(queueId: string, count: number, reason: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'warning',
    event: 'receipts missing',
    text: `${queueId}: receipts wanted and not made: ${count}; ${reason}`,
    fields: { queueId, count, reason },
  };
}
