import { isIntermediate, type Reply } from '../core/smtp/reply.ts';
import { canAnswer, type MailStage } from '../core/smtp/verdict.ts';
import { isTrouble } from './conversation.ts';
import type { Link, RunningTransaction } from './running-transaction.ts';

/** A host that has lost what came behind the dot says nothing more. Nothing is lost if it is only slow. */
const PATIENCE_MS = 30_000;

/** Waits for the end of the message before; true if that does not come soon. */
export async function isKeptWaiting(
  { conversation, ahead, peer }: Link,
  before: Promise<void>,
): Promise<boolean> {
  const { longestWaitMs } = ahead;
  if ((await conversation.unlessTrouble(before, longestWaitMs)) === 'late') {
    ahead.answered(peer, Infinity);
    return true;
  }
  await before;
  return false;
}

/** Whether the envelope may be sent while the reply to the dot of the message before is still to come (RFC 2920 §3.1). */
export function mayGoAhead({ conversation, capabilities, retired, resetSent, ahead, peer }: Link): boolean {
  return capabilities.pipelining && !retired && !resetSent && conversation.sound && ahead.mayTry(peer);
}

/**
 * The replies to an envelope that was sent ahead: MAIL, each RCPT, DATA. They count only if they end with 354: nothing
 * else proves that none of them belongs to a command before it. With any other end everything is said again in its
 * time (`again`); `over` if there is nobody to say it to.
 */
export async function repliesAhead(
  { link }: RunningTransaction,
  recipients: number,
): Promise<readonly Reply[] | 'again' | 'over'> {
  const { conversation, timeouts, ahead, peer } = link;
  // The reply to the dot before has come, or the conversation has ended with it.
  if (conversation.trouble !== undefined) return 'over';
  const replies: Reply[] = [];
  const stages: MailStage[] = ['MAIL', ...Array.from({ length: recipients }, () => 'RCPT' as const), 'DATA'];
  const times = { MAIL: timeouts.mailMs, RCPT: timeouts.rcptMs, DATA: timeouts.dataInitMs } as const;
  for (const stage of stages) {
    const whole = times[stage as keyof typeof times];
    const reply = await conversation.reply(stage === 'MAIL' ? Math.min(whole, PATIENCE_MS) : whole);
    if (isTrouble(reply) || reply.code === 421 || !canAnswer(stage, reply)) {
      const isUsual = isTrouble(reply)
        ? reply.kind === 'lost' || reply.kind === 'aborted'
        : reply.code === 421;
      if (!isUsual) ahead.failed(peer);
      return 'over';
    }
    replies.push(reply);
  }
  const data = replies.at(-1);
  if (data !== undefined && isIntermediate(data)) return replies;
  return 'again';
}
