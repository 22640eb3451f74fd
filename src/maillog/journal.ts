import { fstatSync } from 'node:fs';
import type { Component, Severity } from '../core/log/log-event.ts';

/** Where systemd-journald takes streams of lines. The same in a unit with a journal of its own (LogNamespace=). */
export const JOURNAL_SOCKET = '/run/systemd/journal/stdout';

/** LOG_MAIL | LOG_INFO of syslog(3): a rule for mail.* finds what the journal hands on. */
const MAIL_INFO = 22;

/** The levels of sd-daemon(3). */
const levels: Readonly<Record<Severity, number>> = { error: 3, warning: 4, info: 6 };

/**
 * Whether a descriptor leads to the journal: JOURNAL_STREAM names device and inode of what systemd has opened (systemd.exec(5)),
 * and whoever has been given another descriptor since has the variable all the same.
 */
export function isJournal(descriptor: number, journalStream: string | undefined): boolean {
  if (journalStream === undefined) return false;
  try {
    const { dev, ino } = fstatSync(descriptor, { bigint: true });
    return journalStream === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** `<4>text`: the journal takes the level from it and cuts it off. */
export function levelled(severity: Severity, text: string): string {
  return `<${levels[severity]}>${text}`;
}

/**
 * What a stream begins with, as sd_journal_stream_fd(3) writes it: the identifier that stands before each line, the unit (known by
 * the process that connects), the priority of lines that do not say theirs, whether they do; not to syslog, kernel and console unless
 * the journal does so by itself.
 */
export function streamHeader(syslogName: string, component: Component): string {
  return `${syslogName}/${component}\n\n${MAIL_INFO}\n1\n0\n0\n0\n`;
}
