import type { LogEvent } from '../core/outcome/log-event.ts';

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** `Nov 21 09:05:03` in local time, as syslog writes it (RFC 3164 §4.1.2: the day is padded with a space). */
export function syslogTime(at: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = String(at.getDate()).padStart(2, ' ');
  return `${months[at.getMonth()]} ${day} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
}

/** Everything that is not printable becomes `?`: a log line is one line, and no terminal obeys it. */
export function printable(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '?');
}

/** `Mon dd HH:MM:SS host NAME/component[pid]: [warning: ]text` */
export function postfixLine(
  event: LogEvent,
  time: string,
  host: string,
  syslogName: string,
  pid: number,
): string {
  const severity = event.severity === 'info' ? '' : `${event.severity}: `;
  return `${time} ${host} ${syslogName}/${event.component}[${pid}]: ${severity}${printable(event.text)}`;
}
