import type { DeliveryStatus } from '../core/mail/status.ts';
import { relayName } from '../core/smtp/verdict.ts';
import type { RunningTransaction } from './running-transaction.ts';
import { intentNotStored } from './log-lines.ts';

/** Records that the final dot is about to be sent. This happens while the server answers DATA, so it costs no time. */
export function recordIntent(running: RunningTransaction): void {
  const { intent } = running.transaction;
  if (intent === undefined) return;
  running.intent = intent
    .record()
    .catch((error: unknown) => ({ failure: error instanceof Error ? error.message : String(error) }));
}

/**
 * Waits until the intent is recorded. Undefined when the dot may go out now, or when the conversation is in trouble
 * anyway; otherwise the status of the open recipients.
 */
export async function withoutIntent({
  link,
  transaction,
  intent,
}: RunningTransaction): Promise<DeliveryStatus | undefined> {
  if (intent === undefined) return undefined;
  const answer = await link.conversation.unlessTrouble(intent, link.timeouts.dataXferMs);
  if (answer === true && transaction.intent?.holds() === true) return undefined;
  const relay = relayName(link.peer);
  const status = { outcome: 'deferred', dsn: '4.3.0', scope: 'destination', ours: true, relay } as const;
  if (typeof answer === 'boolean') return { ...status, reason: 'delivery was taken over by another process' };
  if (answer !== 'late' && 'kind' in answer) return undefined;
  const failure = answer === 'late' ? 'no answer in time' : answer.failure;
  link.log(intentNotStored(link.peer, failure));
  return { ...status, reason: 'the queue is not available' };
}
