import type { DeliveryStatus } from '../core/mail/status.ts';
import { relayName } from '../core/smtp/verdict.ts';
import type { Attempt } from './running-transaction.ts';

/** Asks for leave to send the final dot. It is written down while the server thinks about DATA, so that it costs no time. */
export function askLeave(attempt: Attempt): void {
  const { leave } = attempt.transaction;
  if (leave === undefined) return;
  attempt.leave = leave
    .ask()
    .catch((error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }));
}

/**
 * Waits for the leave. Undefined when the dot may go out at this moment, or the server is in trouble anyhow, which the
 * conversation tells; else what is to be said of the open recipients.
 */
export async function withoutLeave({
  link,
  transaction,
  leave,
}: Attempt): Promise<DeliveryStatus | undefined> {
  if (leave === undefined) return undefined;
  const answer = await link.conversation.unlessTrouble(leave, link.timeouts.dataXferMs);
  if (answer === true && transaction.leave?.good() === true) return undefined;
  const relay = relayName(link.peer);
  const status = { outcome: 'deferred', dsn: '4.3.0', scope: 'destination', ours: true, relay } as const;
  if (typeof answer === 'boolean') return { ...status, reason: 'delivery was taken over by another process' };
  if (answer !== 'late' && 'kind' in answer) return undefined;
  const failure = answer === 'late' ? 'no answer in time' : answer.failure;
  const text = `cannot write down that the final dot goes to ${relay}: ${failure}`;
  link.log({ component: 'smtp', severity: 'error', event: 'store trouble', text });
  return { ...status, reason: 'the queue is not available' };
}
