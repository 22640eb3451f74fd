import type { MessageHistory, RecipientHistory } from '../core/mail/history.ts';
import { isQueueTrouble } from '../core/mail/queue-trouble.ts';
import { json, problem, type Answer } from './answer.ts';
import type { HttpPorts } from './options.ts';
import type { HttpRequest } from './request.ts';
import { storeAway } from './store-trouble.ts';

/** What a message, or one recipient of it, has come to. */
export const states = [
  'queued',
  'active',
  'deferred',
  'held',
  'delivered',
  'bounced',
  'expired',
  'unknown',
] as const;
export type State = (typeof states)[number];

/** The first that one recipient is in is the state of the message: what is still to come, then what went wrong. */
const precedence: readonly State[] = [
  'held',
  'active',
  'deferred',
  'queued',
  'bounced',
  'expired',
  'unknown',
  'delivered',
];

/** `GET /v1/messages/{id}` */
export async function getMessage(
  { token }: HttpRequest,
  id: string,
  { history }: Pick<HttpPorts, 'history'>,
): Promise<Answer> {
  try {
    const found = /^\w{1,64}$/.test(id) ? await history(id) : undefined;
    // Whether others have such a message is none of the client's business.
    if (found === undefined || found.submitter !== token.name)
      return problem({ status: 404, detail: 'no message of this id is known for this token' });
    return json(200, messageStatus(id, found));
  } catch (error) {
    if (isQueueTrouble(error)) return problem(storeAway);
    throw error;
  }
}

export function messageStatus(id: string, { answer, acceptedAt, recipients }: MessageHistory): object {
  const all = recipients.map(recipientStatus);
  const { messageId } = JSON.parse(answer) as { readonly messageId: string };
  const state = precedence.find((one) => all.some((recipient) => recipient.state === one)) ?? 'unknown';
  return { id, messageId, acceptedAt: time(acceptedAt), state, recipients: all };
}

function recipientStatus({ address, waiting, last }: RecipientHistory) {
  const state: State = waiting?.state ?? lastState(last);
  const dsn = last?.dsn ?? waiting?.dsn;
  const reply = last?.reason ?? waiting?.reason;
  return {
    address,
    state,
    ...(last !== undefined && { since: time(last.at) }),
    attempts: Math.max(waiting?.attempts ?? 0, last?.attempts ?? 0),
    ...(waiting?.nextAt !== undefined && { nextAttempt: time(waiting.nextAt) }),
    ...(dsn !== undefined && { dsn }),
    ...(reply !== undefined && { reply }),
    ...(last?.relay !== undefined && { relay: last.relay }),
    ...(last?.tls !== undefined && { tls: last.tls }),
    ...(last?.explanation !== undefined && { explanation: last.explanation }),
  };
}

/** Who neither waits nor has come to an end was deleted by the operator, or a process was killed at the wrong moment. */
function lastState(last: RecipientHistory['last']): State {
  if (last === undefined || last.state === 'deferred' || last.state === 'held') return 'unknown';
  return last.state;
}

/** RFC 3339 */
function time(at: number): string {
  return new Date(at).toISOString();
}
