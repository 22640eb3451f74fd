import { hostname } from 'node:os';
import { pino } from 'pino';
import type { LogEvent } from '../core/log/log-event.ts';
import { levelled } from './journal.ts';
import { postfixLine, safeFields, safeText, severityText, syslogTime } from './line-format.ts';

/** The text of an event as it is written, with its line break. */
export type LineText = (event: LogEvent) => string;

/** The text in the journal, which adds time, host, name and process by itself. */
export function journalText(format: 'postfix' | 'json'): LineText {
  const json = jsonText();
  return (event) => levelled(event.severity, format === 'json' ? json(event) : `${severityText(event)}\n`);
}

export function jsonText(): LineText {
  let line = '';
  const json = pino(
    {
      // Fields of an event take the place of these, instead of being there a second time.
      base: null,
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    { write: (text) => void (line = text) },
  );
  const base = { pid: process.pid, host: hostname() };
  const write = { info: json.info.bind(json), warning: json.warn.bind(json), error: json.error.bind(json) };
  return ({ component, severity, event, text, fields }) => {
    write[severity]({ ...base, component, event, ...(fields && safeFields(fields)) }, safeText(text));
    return line;
  };
}

export function postfixText(syslogName: string): LineText {
  const host = hostname().split('.')[0] ?? 'localhost';
  let second = 0;
  let time = '';
  return (event) => {
    const now = Date.now();
    if (now - (now % 1000) !== second) {
      second = now - (now % 1000);
      time = syslogTime(new Date(now));
    }
    return `${postfixLine(event, time, host, syslogName, process.pid)}\n`;
  };
}
