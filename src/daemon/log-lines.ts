import { messageOf, stackOf } from '../core/error-words.ts';
import type { EventName } from '../core/log/event-names.ts';
import { oneLine } from '../core/mail/printable.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { Change } from '../resolver/validation-words.ts';

/** What the relay says of itself as a whole. */

/** Something that is allowed and seldom meant. */
export function advised(text: string): LogEvent {
  return master('warning', 'advice', text);
}

/** @param file of the settings; undefined for none */
export function configured(file: string | undefined): LogEvent {
  return master('info', 'settings', `settings from ${file ?? 'no file'}`);
}

/** @param addresses none in a process that only delivers */
export function listeningOn(addresses: readonly string[], dataDir: string): LogEvent {
  const where = addresses.join(', ') || 'nothing: deliveries only';
  return master('info', 'listening', `listening on ${where}, data in ${dataDir}`);
}

/** @param where addresses and paths of sockets */
export function httpListening(where: readonly string[]): LogEvent {
  const event = master('info', 'http listening', `submission over HTTP on ${where.join(', ')}`);
  return { ...event, fields: { addresses: where } };
}

export function ready(addresses: readonly string[]): LogEvent {
  return { ...master('info', 'ready', 'ready'), fields: { addresses } };
}

export function stops(isAtOnce: boolean): LogEvent {
  return master('info', 'stopping', isAtOnce ? 'stopping at once' : 'stopping');
}

/** @param part that did not stop cleanly */
export function notStopped(part: string, error: unknown): LogEvent {
  return master('warning', 'stop trouble', `${part} did not stop cleanly: ${messageOf(error)}`);
}

/** A mistake of ours that nobody caught. @param next what is done about it: `the relay goes on` */
export function internalError(next: string, error: unknown): LogEvent {
  return master('error', 'bug', `internal error, ${next}: ${oneLine(stackOf(error))}`);
}

/** @param allowed files that may be open at the same time */
export function tooFewFiles(allowed: number, wanted: number): LogEvent {
  const text =
    `${allowed} files may be open at the same time, and this configuration may need ${wanted}: ` +
    `raise the limit (LimitNOFILE of systemd, ulimit -n), or lower intake.client_limit or delivery.active_destinations`;
  return { ...master('warning', 'file limit', text), fields: { allowed, wanted } };
}

/** Of the private Unbound. */
export function ofResolver(severity: LogEvent['severity'], text: string): LogEvent {
  return { component: 'dns', severity, event: 'resolver', text };
}

export function ofRootKeys(severity: LogEvent['severity'], text: string): LogEvent {
  return { component: 'dns', severity, event: 'root key', text };
}

export function validationChange({ severity, text, ...fields }: Change): LogEvent {
  return { component: 'dns', severity, event: 'validation', text, fields: { ...fields } };
}

function master(severity: LogEvent['severity'], event: EventName, text: string): LogEvent {
  return { component: 'master', severity, event, text };
}
