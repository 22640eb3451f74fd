import { hostname } from 'node:os';
import { pino } from 'pino';
import type { Log } from '../core/outcome/log-event.ts';
import { postfixLine, safeFields, safeText, syslogTime } from './line-format.ts';

export interface MaillogOptions {
  readonly format: 'postfix' | 'json';
  readonly syslogName: string;
  /** `tls.loglevel` */
  readonly tlsLevel: number;
  /** Path, or empty for standard output. */
  readonly file: string;
}

export interface Maillog {
  readonly log: Log;
  /** Opens the file anew, after it was rotated. */
  reopen(): void;
  /** Writes out what is left. */
  close(): void;
}

/**
 * The mail log. Lines are written before `log` returns: a crash loses none, and a line is never behind the fact it
 * tells. Throws when the file cannot be opened.
 */
export function openMaillog(options: MaillogOptions): Maillog {
  const destination = pino.destination(
    options.file === ''
      ? { fd: 1, sync: true }
      : { dest: options.file, sync: true, append: true, mkdir: true },
  );
  // A full disk or a closed pipe must not stop the mail.
  destination.on('error', () => {});
  const write = options.format === 'json' ? jsonLog(destination) : textLog(destination, options.syslogName);
  return {
    log(event) {
      if ((event.tlsLevel ?? 0) <= options.tlsLevel) write(event);
    },
    reopen() {
      if (options.file !== '') destination.reopen();
    },
    close() {
      destination.flushSync();
    },
  };
}

type Destination = ReturnType<typeof pino.destination>;

function jsonLog(destination: Destination): Log {
  const json = pino(
    {
      base: { pid: process.pid, host: hostname() },
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
  const write = { info: json.info.bind(json), warning: json.warn.bind(json), error: json.error.bind(json) };
  return ({ component, severity, event, text, fields }) =>
    write[severity]({ component, event, ...(fields && safeFields(fields)) }, safeText(text));
}

function textLog(destination: Destination, syslogName: string): Log {
  const host = hostname().split('.')[0] ?? 'localhost';
  let second = 0;
  let time = '';
  return (event) => {
    const now = Date.now();
    if (now - (now % 1000) !== second) {
      second = now - (now % 1000);
      time = syslogTime(new Date(now));
    }
    destination.write(`${postfixLine(event, time, host, syslogName, process.pid)}\n`);
  };
}
