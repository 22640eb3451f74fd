import type { LogEvent } from '../../core/log/log-event.ts';
import { joinLines } from '../../core/mail/printable.ts';
import type { Note } from '../scripts/note.ts';
import { showPlace, type KnownMaster } from '../redis/newest-master.ts';
import { queueWords, type QueueError } from '../redis/queue-error.ts';

/** The log lines of the queue. */

export function claimsInterrupted(destination: string, orphans: number): LogEvent {
  const text = `${orphans} deliveries to ${destination} were interrupted and start again`;
  return qmgr('warning', 'claims interrupted', text);
}

export function recordUnreadable(queueId: string, error: unknown): LogEvent {
  const text = `${queueId}: cannot read the queue record: ${String(error)}`;
  return ofMessage(queueId, 'error', 'record unreadable', text);
}

export function destinationWaits(destination: string, error: QueueError): LogEvent {
  return qmgr('warning', 'destination waits', `delivery to ${destination} waits: ${error.message}`);
}

/** A mistake of ours. */
export function runBug(destination: string, error: unknown): LogEvent {
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const words = joinLines(stack, ' | ');
  const text = `delivery to ${destination} was interrupted by an error of ours, mail waits: ${words}`;
  return qmgr('error', 'bug', text);
}

export function alarmNotSet(destination: string, error: unknown): LogEvent {
  const text = `alarm for ${destination} not set, the sweeper will: ${queueWords(error)}`;
  return qmgr('warning', 'alarm failed', text);
}

export function alarmFailed(destination: string, error: unknown): LogEvent {
  const text = `alarm of ${destination} failed, it will go off again: ${queueWords(error)}`;
  return qmgr('error', 'alarm failed', text);
}

/** @param late number of deliveries that were due later than possible */
export function clockSetBack(destination: string, late: number): LogEvent {
  const text = `${late} deliveries to ${destination} were due later than they can be, as after a clock is set back: they are due now`;
  return { ...qmgr('warning', 'clock set back', text), fields: { destination } };
}

export function sweepFailed(error: unknown): LogEvent {
  return qmgr('warning', 'sweep failed', `queue sweep failed: ${queueWords(error)}`);
}

export function unfinishedRemoved(queueId: string): LogEvent {
  return ofMessage(queueId, 'info', 'content removed', `${queueId}: unfinished content removed`);
}

export function contentRemoved(queueId: string): LogEvent {
  return ofMessage(queueId, 'info', 'content removed', `${queueId}: content without a message removed`);
}

export function messageFound(queueId: string): LogEvent {
  const text = `${queueId}: message that waited for nobody, due again`;
  return ofMessage(queueId, 'warning', 'message found', text);
}

export function messageWithdrawn(queueId: string): LogEvent {
  const text = `${queueId}: given up, the client was told to send it again`;
  return ofMessage(queueId, 'info', 'message withdrawn', text);
}

export function messageTwice(queueId: string): LogEvent {
  const text = `${queueId}: stored although the client was told to send it again: it may arrive twice`;
  return ofMessage(queueId, 'warning', 'message twice', text);
}

export function mailTakenAgain(seconds: number): LogEvent {
  return qmgr('info', 'mail taken again', `mail is taken again, after ${seconds} s`);
}

export function mailRefused(error: QueueError): LogEvent {
  return qmgr('warning', 'mail refused', `no mail is taken: ${error.message}`);
}

/** As postsuper(1) logs it; there is none that tries at once. */
const texts: Readonly<Partial<Record<string, string>>> = {
  deleted: 'removed',
  released: 'released from hold',
  retried: 'due now',
  'force expired': 'expired',
  'sent over': 'moved to',
  'taken over': 'moved here from',
};

/** What the operator did. A line that is written later says when. */
export function operatorAct({
  queueId,
  act,
  at,
  peer,
  isLate,
}: Note & { readonly isLate: boolean }): LogEvent {
  const time = new Date(at).toISOString();
  const late = isLate ? `, at ${time}` : '';
  return {
    component: 'postsuper',
    severity: 'info',
    event: act,
    text: `${queueId}: ${texts[act] ?? act}${peer === undefined ? '' : ` ${peer}`}${late}`,
    fields: { queueId, at: time, ...(peer !== undefined && { peer }) },
  };
}

export function notesLost(count: number): LogEvent {
  const text = `${count} acts of the operator are not in the log: there was no relay to write them`;
  return { component: 'postsuper', severity: 'warning', event: 'acts not logged', text };
}

/** What Redis does not tell. */
export function takenOnTrust(names: readonly string[]): LogEvent {
  const text = `Redis does not tell ${names.join(', ')}: taken on the word of redis.confirmed`;
  return qmgr('warning', 'redis confirmed', text);
}

/** A failover. */
export function masterChanged(before: KnownMaster, now: KnownMaster): LogEvent {
  const text = `the master of Redis is ${showPlace(now)} now (epoch ${now.epoch}), and was ${showPlace(before)}`;
  return qmgr('warning', 'redis master', text);
}

/** About the append-only file. @param trouble in words for the operator */
export function rewriteFailed(trouble: string): LogEvent {
  return qmgr('warning', 'redis rewrite', trouble);
}

export function rewritten(): LogEvent {
  return qmgr('info', 'redis rewrite', 'Redis has rewritten its append-only file');
}

function ofMessage(
  queueId: string,
  severity: LogEvent['severity'],
  event: LogEvent['event'],
  text: string,
): LogEvent {
  return { ...qmgr(severity, event, text), fields: { queueId } };
}

function qmgr(severity: LogEvent['severity'], event: LogEvent['event'], text: string): LogEvent {
  return { component: 'qmgr', severity, event, text };
}
