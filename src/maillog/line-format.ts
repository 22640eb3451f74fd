import { printable } from '../core/mail/printable.ts';
import type { LogEvent } from '../core/log/log-event.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 21 09:05:03` in local time, as syslog writes it (RFC 3164 §4.1.2: the day is padded with a space). */
export function syslogTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(at.getDate()).padStart(2, ' ');
  return `${months[at.getMonth()]} ${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Most characters of a line: more than any of our lines has, and fewer than syslog servers cut off. */
const LONGEST = 4000;

/** Makes a text fit for the log: one line of bounded length, without control characters that a terminal obeys. */
export function safeText(text: string): string {
  return printable(text.length > LONGEST ? `${text.slice(0, LONGEST)}...` : text);
}

/** The same for all texts in the fields of a line. */
export function safeFields(fields: NonNullable<LogEvent['fields']>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [name, safeValue(value)]));
}

function safeValue(value: unknown): unknown {
  if (typeof value === 'string') return safeText(value);
  if (Array.isArray(value)) return value.map(safeValue);
  return typeof value === 'object' && value !== null ? safeFields({ ...value }) : value;
}

/** `[warning: ]text`, the message of a Postfix program. */
export function severityText({ severity, text }: LogEvent): string {
  return `${severity === 'info' ? '' : `${severity}: `}${safeText(text)}`;
}

/** `Mon dd HH:MM:SS host NAME/component[pid]: [warning: ]text` */
export function postfixLine(
  event: LogEvent,
  time: string,
  host: string,
  syslogName: string,
  pid: number,
): string {
  return `${time} ${host} ${syslogName}/${event.component}[${pid}]: ${severityText(event)}`;
}
