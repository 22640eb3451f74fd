import type { SigningNote } from '../core/dkim/message-signer.ts';
import { signingText } from '../core/dkim/signing-text.ts';
import type { LogEvent } from '../core/log/log-event.ts';

/** A signature that a message got, or why it got none. */
export function signingLine(queueId: string, note: SigningNote): LogEvent {
  const text = `${queueId}: ${signingText(note)}`;
  if (note.kind === 'signed') {
    const { selector, domain, algorithm } = note;
    const fields = { queueId, selector, domain, algorithm };
    return { component: 'cleanup', severity: 'info', event: 'DKIM signed', text, fields };
  }
  const { reason, isTrouble } = note;
  const severity = isTrouble ? 'warning' : 'info';
  return { component: 'cleanup', severity, event: 'DKIM unsigned', text, fields: { queueId, reason } };
}

/** What is wrong with keys, or doubtful. */
export function keyTrouble(text: string): LogEvent {
  return { component: 'cleanup', severity: 'warning', event: 'DKIM keys', text };
}

export function keysRead(keys: number, domains: number): LogEvent {
  const text = `DKIM: ${keys} keys of ${domains} domains`;
  return { component: 'cleanup', severity: 'info', event: 'DKIM keys', text, fields: { keys, domains } };
}

/** They stay as they were. */
export function keysNotRead(text: string): LogEvent {
  return { component: 'cleanup', severity: 'error', event: 'DKIM keys', text };
}
