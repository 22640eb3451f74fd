import type { QueuedState } from '../delivery/queue-filter.ts';
import type { Message, Recipient } from '../mail/message.ts';

/** A recipient who waits. */
export interface LeavingRecipient extends Recipient {
  readonly state: QueuedState;
  readonly destination: string;
  readonly attempts: number;
  /** Why the last attempt failed. */
  readonly dsn?: string;
  readonly reason?: string;
}

/** A message on its way to another mail system, with the recipients that still wait. */
export interface LeavingMessage {
  readonly message: Message;
  readonly recipients: readonly LeavingRecipient[];
  /** The operator wished it to be returned to its sender. */
  readonly forceExpired: boolean;
}

/**
 * What is to be done about recipients: `send` them the message; it is on `hold`, as an operator wished; it is `held`, because
 * they may have it.
 */
export const leavingStates = ['send', 'hold', 'held'] as const;
export type LeavingState = (typeof leavingStates)[number];

export function leavingState({ state }: Pick<LeavingRecipient, 'state'>): LeavingState {
  return state === 'hold' || state === 'held' ? state : 'send';
}

/** As a line of messages.jsonl has it. */
export function leavingJson({ message, recipients, forceExpired }: LeavingMessage): string {
  const { queueId, envelope, arrivedAt, size, messageId } = message;
  const { sender, body, smtpUtf8, ret, envid, requireTls } = envelope;
  return JSON.stringify({
    schema: 1,
    queueId,
    content: contentName(queueId),
    size,
    arrivedAt,
    messageId,
    sender,
    body,
    smtpUtf8,
    ...(ret !== undefined && { ret }),
    ...(envid !== undefined && { envid }),
    ...(requireTls && { requireTls }),
    forceExpired,
    recipients: recipients.map(toldOf),
  });
}

function toldOf(recipient: LeavingRecipient): object {
  const { address, notify, orcpt, state, destination, attempts, dsn, reason } = recipient;
  return {
    address,
    ...(notify !== undefined && { notify }),
    ...(orcpt !== undefined && { orcpt }),
    state,
    destination,
    attempts,
    ...(dsn !== undefined && { dsn }),
    ...(reason !== undefined && { reason }),
  };
}

/** Where the content of a message is, below the directory of an export. */
export function contentName(queueId: string): string {
  return `content/${queueId}.eml`;
}
