import type { Attempt } from '../core/delivery/attempt.ts';
import { requireTlsMissed } from '../core/log/tls-status.ts';
import type { Message } from '../core/mail/message.ts';
import type { DeliveryStatus, Trouble } from '../core/mail/status.ts';
import { isUnfit, notDeliverable, tlsNeedOf } from '../core/mail/tls-need.ts';
import type { Standing } from './standing.ts';

/**
 * RFC 8689 §4.2.1: once every host was judged, and none is fit for mail that requires TLS, its sender is told at once. As long
 * as one may be fit that could not be asked, the mail waits.
 */
export function withVerdict(message: Message, standing: Standing): Standing {
  if (tlsNeedOf(message) !== 'required') return standing;
  const { hosts, unasked } = standing;
  const isOver = !unasked && hosts.length > 0 && hosts.every(({ status }) => status !== undefined && isUnfit(status));
  const attempts = standing.attempts.map((attempt): Attempt => {
    const { status, tls } = attempt;
    if (!isDeferred(status) || !isUnfit(status)) return attempt;
    const told = tls === undefined ? {} : { tls: requireTlsMissed(tls, status.tlsFault?.kind) };
    return { ...attempt, ...told, status: isOver ? notDeliverable(status) : status };
  });
  return { ...standing, attempts };
}

function isDeferred(status: DeliveryStatus): status is Trouble {
  return status.outcome === 'deferred';
}
