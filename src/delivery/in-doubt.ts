import type { Claim } from '../core/delivery/claim.ts';
import type { Attempt } from '../core/delivery/attempt.ts';
import type { DeliveryStatus } from '../core/mail/status.ts';
import { ambiguousLine } from '../core/log/log-line.ts';
import type { DeliverPorts } from './ports.ts';

const cutOff: DeliveryStatus = {
  outcome: 'deferred',
  dsn: '4.4.2',
  reason: 'delivery was interrupted after the final dot -- message may be sent more than once',
  scope: 'message',
  ambiguous: true,
};

/**
 * Chooses whom to try. Some recipients of a mail may have it already, because the process that sent it died, or lost
 * the mail, before the outcome was stored (RFC 1047). Under `hold` these are not tried again.
 */
export function sortInDoubt(
  mail: Claim,
  { log, now, ambiguous }: Pick<DeliverPorts, 'log' | 'now' | 'ambiguous'>,
): { readonly toTry: Claim; readonly attempts: readonly Attempt[] } {
  if (mail.inDoubt.length === 0) return { toTry: mail, attempts: [] };
  log(ambiguousLine(mail.message.queueId, mail.inDoubt.length, undefined, ambiguous));
  if (ambiguous === 'resend') return { toTry: mail, attempts: [] };
  const doubtful = new Set(mail.inDoubt);
  const attempts = mail.waiting
    .filter(({ index }) => doubtful.has(index))
    .map((one) => ({ ...one, status: cutOff, stamps: { doneAt: now() }, connectionUse: 1 }));
  return {
    toTry: { ...mail, waiting: mail.waiting.filter(({ index }) => !doubtful.has(index)) },
    attempts,
  };
}
