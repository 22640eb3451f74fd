import type { Message } from '../mail/message.ts';
import type { DeliveryStatus } from '../mail/status.ts';
import { tlsSummary } from '../smtp/tls-summary.ts';
import type { TlsFacts, TlsWord } from '../smtp/transaction.ts';
import { type Delays, formatDelay } from './delays.ts';
import type { LogEvent } from './log-event.ts';

/** The lines of a message's life, in Postfix's grammar: the text is an interface that log tools parse. */

export function activeLine(message: Message, recipients: number): LogEvent {
  const { queueId, envelope, size } = message;
  return {
    component: 'qmgr',
    severity: 'info',
    text: `${queueId}: from=<${envelope.sender}>, size=${size}, nrcpt=${recipients} (queue active)`,
    fields: { event: 'active', queueId, from: envelope.sender, size, recipients },
  };
}

export interface DeliveryFacts {
  readonly queueId: string;
  readonly recipient: string;
  readonly status: DeliveryStatus;
  readonly delays: Delays;
  /** Messages this session has served, this one included; shown from the second on. */
  readonly connectionUse: number;
}

export function deliveryLine({ queueId, recipient, status, delays, connectionUse }: DeliveryFacts): LogEvent {
  const relay = status.relay ?? 'none';
  const reused = connectionUse > 1 ? `, conn_use=${connectionUse}` : '';
  const parts = delays.parts.map(formatDelay).join('/');
  return {
    component: 'smtp',
    severity: 'info',
    text:
      `${queueId}: to=<${recipient}>, relay=${relay}${reused}, delay=${formatDelay(delays.total)}, delays=${parts}, ` +
      `dsn=${status.dsn}, status=${status.outcome} (${status.reason})`,
    fields: {
      event: 'delivery',
      queueId,
      to: recipient,
      relay,
      connectionUse,
      delay: delays.total,
      delays: delays.parts,
      dsn: status.dsn,
      status: status.outcome,
      reason: status.reason,
    },
  };
}

/** A message goes out on a TLS session that was judged for an earlier one. */
export function reusedLine(
  relay: string,
  { word, facts }: { readonly word: TlsWord; readonly facts: TlsFacts },
): LogEvent {
  const text = tlsSummary(word, relay, facts, 'reused');
  return { component: 'smtp', severity: 'info', text, fields: { event: 'tls reused', relay, trust: word } };
}

/** A soft failure on one host while another host remains: no verdict on the recipient yet. */
export function nextHostLine(queueId: string, reason: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'info',
    text: `${queueId}: ${reason}`,
    fields: { event: 'host failed', queueId, reason },
  };
}

export function policySkipLine(nextHop: string, host: string, reason: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'warning',
    text: `TLS policy lookup for ${nextHop}/${host}: ${reason}`,
    fields: { event: 'host skipped', nextHop, host, reason },
  };
}

export function expiredLine(message: Message): LogEvent {
  const { queueId, envelope } = message;
  return {
    component: 'qmgr',
    severity: 'info',
    text: `${queueId}: from=<${envelope.sender}>, status=expired, returned to sender`,
    fields: { event: 'expired', queueId, from: envelope.sender },
  };
}

export function bounceLine(queueId: string, reportId: string): LogEvent {
  return {
    component: 'bounce',
    severity: 'info',
    text: `${queueId}: sender non-delivery notification: ${reportId}`,
    fields: { event: 'bounce', queueId, reportId },
  };
}

export function messageIdLine(queueId: string, messageId: string): LogEvent {
  return {
    component: 'cleanup',
    severity: 'info',
    text: `${queueId}: message-id=${messageId === '' ? '<>' : messageId}`,
    fields: { event: 'message-id', queueId, messageId },
  };
}

export function removedLine(queueId: string): LogEvent {
  return {
    component: 'qmgr',
    severity: 'info',
    text: `${queueId}: removed`,
    fields: { event: 'removed', queueId },
  };
}
