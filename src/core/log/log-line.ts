import type { Audience, ReportKind } from '../report/reporter.ts';
import type { Envelope, Message, Recipient } from '../mail/message.ts';
import type { TlsAsked } from '../mail/tls-need.ts';
import type { DeliveryStatus } from '../mail/status.ts';
import { tlsSummary } from '../smtp/tls-summary.ts';
import type { TlsFacts, TlsWord } from '../smtp/transaction.ts';
import type { Suspension } from '../site/concurrency.ts';
import type { Report } from '../report/report.ts';
import type { TlsStatus } from './tls-status.ts';
import { type Delays, formatDelay } from './delays.ts';
import type { LogEvent } from './log-event.ts';

/** The lines of a message's life, in Postfix's grammar: the text is an interface that log tools parse. */

export function activeLine(message: Message, recipients: number): LogEvent {
  const { queueId, envelope, size } = message;
  const from = senderShown(envelope);
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'active',
    text: `${queueId}: from=<${from}>, size=${size}, nrcpt=${recipients} (queue active)`,
    fields: { queueId, from, size, recipients },
  };
}

/** The sender as the client wrote it. */
function senderShown({ sender, senderWritten = sender }: Envelope): string {
  return senderWritten;
}

export interface DeliveryFacts {
  readonly queueId: string;
  readonly recipient: Pick<Recipient, 'address' | 'written' | 'original'>;
  readonly status: DeliveryStatus;
  readonly delays: Delays;
  /** Messages this session has served, this one included; shown from the second on. */
  readonly connectionUse: number;
  /** `error` if no host was tried, because the destination is suspended. */
  readonly component?: 'smtp' | 'error' | undefined;
  readonly tls?: TlsStatus | undefined;
  /** Name of the exception under which a host heard of it; only in the fields. */
  readonly exception?: string | undefined;
  /** What the message asks of TLS; only in the fields. */
  readonly tlsAsked?: TlsAsked | undefined;
  /** What the session proved about the host. */
  readonly trust?: TlsWord | 'clear' | undefined;
  /** `tls=` stands in the line too, where tools made before Postfix 3.11 stumble over it. */
  readonly tlsShown?: boolean;
}

export function deliveryLine(facts: DeliveryFacts): LogEvent {
  const { queueId, recipient, status, delays, connectionUse, component = 'smtp' } = facts;
  const { tls, trust, exception, tlsAsked } = facts;
  const { address, written: to = address, original } = recipient;
  const origTo = original?.toLowerCase() === to.toLowerCase() ? undefined : original;
  const named = origTo === undefined ? '' : `, orig_to=<${origTo}>`;
  const relay = status.relay ?? 'none';
  const reused = connectionUse > 1 ? `, conn_use=${connectionUse}` : '';
  const shown = facts.tlsShown === true && tls !== undefined ? `, tls=${tls}` : '';
  const parts = `${delays.parts.map(formatDelay).join('/')}${shown}`;
  const fields: Record<string, unknown> = { queueId, to };
  if (to !== address) fields['address'] = address;
  if (origTo !== undefined) fields['origTo'] = origTo;
  fields['relay'] = relay;
  fields['connectionUse'] = connectionUse;
  fields['delay'] = delays.total;
  fields['delays'] = delays.parts;
  if (tls !== undefined) fields['tls'] = tls;
  if (exception !== undefined) fields['exception'] = exception;
  if (tlsAsked !== undefined) fields['tlsAsked'] = tlsAsked;
  if (trust !== undefined) fields['trust'] = trust;
  fields['dsn'] = status.dsn;
  fields['status'] = status.outcome;
  fields['reason'] = status.reason;
  return {
    component,
    severity: 'info',
    event: 'delivery',
    text:
      `${queueId}: to=<${to}>${named}, relay=${relay}${reused}, delay=${formatDelay(delays.total)}, delays=${parts}, ` +
      `dsn=${status.dsn}, status=${status.outcome} (${status.reason})`,
    fields,
  };
}

/** A message goes out on a TLS session that was judged for an earlier one. */
export function reusedLine(
  relay: string,
  { word, facts }: { readonly word: TlsWord; readonly facts: TlsFacts },
): LogEvent {
  const text = tlsSummary(word, relay, facts, 'reused');
  return {
    component: 'smtp',
    severity: 'info',
    event: 'TLS reused',
    tlsLevel: 1,
    text,
    fields: { relay, trust: word },
  };
}

/** A soft failure on one host while another host remains: no verdict on the recipient yet. */
export function nextHostLine(queueId: string, reason: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'info',
    event: 'host failed',
    text: `${queueId}: ${reason}`,
    fields: { queueId, reason },
  };
}

/** The content was converted for a server. This is no verdict either. */
export function contentLine(queueId: string, what: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'info',
    event: 'content altered',
    text: `${queueId}: ${what}`,
    fields: { queueId },
  };
}

/** A server sent a line that is no reply, which is ignored. `queueId` if there is mail under way. */
export function strayLine(relay: string, text: string, queueId?: string): LogEvent {
  const about = queueId === undefined ? '' : `${queueId}: `;
  return {
    component: 'smtp',
    severity: 'warning',
    event: 'stray line',
    text: `${about}non-ESMTP response from ${relay}: ${text}`,
    fields: { relay, ...(queueId !== undefined && { queueId }) },
  };
}

export function policySkipLine(nextHop: string, host: string, reason: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'warning',
    event: 'host skipped',
    text: `TLS policy lookup for ${nextHop}/${host}: ${reason}`,
    fields: { nextHop, host, reason },
  };
}

/** A host is spoken to without the TLSA records that it may have, because the message wishes so. */
export function loweredLine(queueId: string, host: string): LogEvent {
  return {
    component: 'smtp',
    severity: 'info',
    event: 'TLS lowered',
    text: `${queueId}: TLS-Required: No: host ${host} need not prove who it is`,
    fields: { queueId, host },
  };
}

/** Recipients may have the message already; `relay` is absent when the attempt was that of a process that is gone. */
export function ambiguousLine(
  queueId: string,
  recipients: number,
  relay: string | undefined,
  policy: 'resend' | 'hold',
): LogEvent {
  const where = relay === undefined ? '' : `relay=${relay}, `;
  const next = policy === 'resend' ? 'is sent again, perhaps a second time' : 'is held';
  return {
    component: 'qmgr',
    severity: 'warning',
    event: 'ambiguous',
    text: `${queueId}: ${where}nrcpt=${recipients}, final dot was sent, no reply seen: mail ${next}`,
    fields: { queueId, recipients, policy, ...(relay === undefined ? {} : { relay }) },
  };
}

export function heldLine(queueId: string, recipients: number): LogEvent {
  return {
    component: 'qmgr',
    severity: 'warning',
    event: 'held',
    text: `${queueId}: nrcpt=${recipients}, held until "queue release" or "queue delete"`,
    fields: { queueId, recipients },
  };
}

/** The outcome of an attempt is not stored, or nobody knows whether it is: this run no longer has the message. */
export function notStoredLine(queueId: string, settled: 'not ours' | 'unknown'): LogEvent {
  const what =
    settled === 'not ours'
      ? 'the outcome is not stored: another process has taken the message over, or it was deleted or placed on hold'
      : 'the connection to Redis was lost and the message taken over: the outcome may not be stored';
  return {
    component: 'qmgr',
    severity: 'warning',
    event: 'outcome not stored',
    text: `${queueId}: ${what}`,
    fields: { queueId },
  };
}

/** Not a line of Postfix, which keeps this to itself. `until` as a length of time: the log knows no other zone. */
export function suspendedLine(destination: string, { since, until, cause }: Suspension): LogEvent {
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'suspended',
    text: `${destination}: deliveries are suspended for ${formatDelay((until - since) / 1000)} s: ${cause.reason}`,
    fields: { destination, until, dsn: cause.dsn, reason: cause.reason },
  };
}

export function revivedLine(destination: string): LogEvent {
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'revived',
    text: `${destination}: at work again`,
    fields: { destination },
  };
}

/** @param forced by the operator */
export function expiredLine(message: Message, forced = false): LogEvent {
  const { queueId, envelope } = message;
  const from = senderShown(envelope);
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'expired',
    text: `${queueId}: from=<${from}>, status=${forced ? 'force-expired' : 'expired'}, returned to sender`,
    fields: { queueId, from },
  };
}

const notifications: Readonly<Record<ReportKind, string>> = {
  failure: 'non-delivery notification',
  delay: 'delay notification',
  success: 'delivery status notification',
};

/** @param reportId queue id of the report */
export function reportLine(
  queueId: string,
  reportId: string,
  { kind, audience }: Pick<Report, 'kind' | 'audience'>,
): LogEvent {
  return {
    component: 'bounce',
    severity: 'info',
    event: 'report',
    text: `${queueId}: ${audience} ${notifications[kind]}: ${reportId}`,
    fields: { queueId, reportId, kind, audience },
  };
}

/** A report could not be delivered, and nobody is told about that. */
export function discardedLine(queueId: string, audience: Audience): LogEvent {
  const ofPostmaster = audience === 'postmaster';
  return {
    component: 'bounce',
    severity: ofPostmaster ? 'warning' : 'info',
    event: 'report discarded',
    text: `${queueId}: undeliverable ${ofPostmaster ? 'postmaster notification' : 'report, there is no sender to tell:'} discarded`,
    fields: { queueId, audience },
  };
}

export function messageIdLine(queueId: string, messageId: string): LogEvent {
  return {
    component: 'cleanup',
    severity: 'info',
    event: 'message-id',
    text: `${queueId}: message-id=${messageId === '' ? '<>' : messageId}`,
    fields: { queueId, messageId },
  };
}

export function removedLine(queueId: string): LogEvent {
  return {
    component: 'qmgr',
    severity: 'info',
    event: 'removed',
    text: `${queueId}: removed`,
    fields: { queueId },
  };
}
