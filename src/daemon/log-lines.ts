import { momentText } from '../core/time/moment-text.ts';
import { messageOf, stackOf } from '../core/error-words.ts';
import type { EventName } from '../core/events/event-table.ts';
import { oneLine } from '../core/mail/printable.ts';
import type { LogEvent } from '../core/log/log-event.ts';
import type { PolicyException } from '../core/tls-policy/exception.ts';
import type { ExceptionNote } from '../queue/open-queue.ts';
import type { Change } from '../resolver/validation-words.ts';

/** The log lines of the relay as a whole. */

/** A setting that is allowed and rarely intended. */
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

/** A bug that was not caught. @param next what is done about it: `the relay goes on` */
export function internalError(next: string, error: unknown): LogEvent {
  return master('error', 'bug', `internal error, ${next}: ${oneLine(stackOf(error))}`);
}

/** @param missing parts that have done nothing since */
export function silentParts(missing: readonly string[], waitedMs: number): LogEvent {
  const what = `no sign of life for ${Math.round(waitedMs / 1000)} s from ${missing.join(' and ')}`;
  const text = `${what}: the watchdog of systemd ends the relay soon, and starts it again`;
  return { ...master('error', 'watchdog', text), fields: { missing } };
}

/** @param allowed files that may be open at the same time */
export function tooFewFiles(allowed: number, wanted: number): LogEvent {
  const text =
    `${allowed} files may be open at the same time, and this configuration may need ${wanted}: ` +
    `raise the limit (LimitNOFILE of systemd, ulimit -n), or lower intake.client_limit or delivery.active_destinations`;
  return { ...master('warning', 'file limit', text), fields: { allowed, wanted } };
}

export function usesPrivateUnbound({
  address,
  port,
}: {
  readonly address: string;
  readonly port: number;
}): LogEvent {
  return ofResolver('info', `using a private Unbound at ${address}:${port}`);
}

/** About the private Unbound. */
export function ofResolver(severity: LogEvent['severity'], text: string): LogEvent {
  return { component: 'dns', severity, event: 'resolver', text };
}

export function ofRootKeys(severity: LogEvent['severity'], text: string): LogEvent {
  return { component: 'dns', severity, event: 'root key', text };
}

export function validationChange({ severity, text, ...fields }: Change): LogEvent {
  return { component: 'dns', severity, event: 'validation', text, fields: { ...fields } };
}

/** A file that is read again, and the program of Postfix that would log it. */
export type Reading = Pick<LogEvent, 'component' | 'event'>;

/** @param what is counted in it: `policy entries` */
export function tableRead(
  { component, event }: Reading,
  file: string,
  count: number,
  what: string,
): LogEvent {
  return { component, severity: 'info', event, text: `${file}: ${count} ${what}` };
}

/** @param note of what an operator did; a line that is written later says when that was */
export function exceptionActed({ act, exception, by, at }: ExceptionNote, now: number): LogEvent {
  const { name, level, until, reason } = exception;
  const end = momentText(until);
  const time = momentText(at);
  const late = now - at >= LATE_MS ? `, at ${time}` : '';
  const text =
    act === 'set'
      ? `exception for ${name}: level ${level} until ${end}, set by ${by}${late}: ${reason}`
      : `exception for ${name} is removed by ${by}${late}: it was level ${level} until ${end}`;
  return {
    component: 'smtp',
    severity: 'info',
    event: act === 'set' ? 'exception set' : 'exception removed',
    text,
    fields: { exception: name, policyLevel: level, until: end, by, at: time, reason },
  };
}

/** A line that is written later than this says when it happened. */
const LATE_MS = 60_000;

export function exceptionExpired({ name, level, until, by, reason }: PolicyException): LogEvent {
  const end = momentText(until);
  const text = `exception for ${name} is over: it was level ${level} until ${end}`;
  const fields = { exception: name, policyLevel: level, until: end, by, reason };
  return { component: 'smtp', severity: 'info', event: 'exception expired', text, fields };
}

/** Its destination has the level of the settings. */
export function exceptionUnreadable(name: string): LogEvent {
  const text = `exception for ${oneLine(name)} cannot be read and does not count: set it again, or remove it`;
  return { component: 'smtp', severity: 'error', event: 'exception unreadable', text };
}

export function noTokens(file: string): LogEvent {
  const text = `${file}: no tokens: "dane-relay token add" makes one`;
  return { component: 'smtpd', severity: 'info', event: 'http tokens', text };
}

/** An entry that is invalid, or not safe. */
export function tableProblem({ component, event }: Reading, text: string): LogEvent {
  return { component, severity: 'warning', event, text };
}

/** @param otherwise what the relay goes on with */
export function notReadAgain({ component, event }: Reading, otherwise: string, error: unknown): LogEvent {
  const text = `not read again, ${otherwise}: ${messageOf(error)}`;
  return { component, severity: 'error', event, text };
}

function master(severity: LogEvent['severity'], event: EventName, text: string): LogEvent {
  return { component: 'master', severity, event, text };
}

/** A certificate of a listener was read. @param isFirst at the start */
export function certificateRead(
  listener: string,
  file: string,
  { names, notAfter }: { readonly names: readonly string[]; readonly notAfter: number },
  isFirst: boolean,
): LogEvent {
  const read = isFirst ? 'read' : 'read again';
  const text = `listener ${listener}: ${file} ${read}: for ${names.join(', ') || 'no name'}, until ${dateOf(notAfter)}`;
  const fields = { listener, file, names, notAfter };
  return { component: 'smtpd', severity: 'info', event: 'listener certificate', text, fields };
}

/** A certificate of a listener cannot be used as it is. @param isKept an older one goes on being shown */
export function certificateTrouble(listener: string, trouble: string, isKept: boolean): LogEvent {
  const next = isKept ? 'the old one stays in use' : 'there is no TLS with it';
  return certificateWarning(`listener ${listener}: ${trouble}: ${next}`, { listener, trouble });
}

export function certificateExpires(listener: string, file: string, notAfter: number): LogEvent {
  const text = `listener ${listener}: ${file} expires at ${dateOf(notAfter)}`;
  return certificateWarning(text, { listener, file, notAfter });
}

/** @param means the consequence for clients */
export function certificateExpired(
  listener: string,
  file: string,
  means: 'shown' | 'refused' | 'withdrawn',
): LogEvent {
  const words = {
    shown: 'it is shown all the same',
    refused: 'STARTTLS is refused for the moment (454)',
    withdrawn: 'STARTTLS is not offered',
  }[means];
  return certificateWarning(`listener ${listener}: ${file} has expired: ${words}`, { listener, file });
}

function certificateWarning(text: string, fields: Readonly<Record<string, unknown>>): LogEvent {
  return { component: 'smtpd', severity: 'warning', event: 'listener certificate', text, fields };
}

function dateOf(at: number): string {
  return new Date(at).toISOString().slice(0, 19).replace('T', ' ') + ' UTC';
}
