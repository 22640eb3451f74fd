import { fstatSync } from 'node:fs';
import type { Component, Severity } from '../core/log/log-event.ts';

/**
 * Socket on which systemd-journald takes streams of lines. It is the same in a unit with a journal of its own
 * (LogNamespace=).
 */
export const JOURNAL_SOCKET = '/run/systemd/journal/stdout';

/** LOG_MAIL | LOG_INFO of syslog(3): a syslog rule for mail.* matches what the journal forwards. */
const MAIL_INFO = 22;

/** The levels of sd-daemon(3). */
const levels: Readonly<Record<Severity, number>> = { error: 3, warning: 4, info: 6 };

/**
 * Whether a descriptor leads to the journal: JOURNAL_STREAM names device and inode of what systemd has opened
 * (systemd.exec(5)), and a process whose descriptor was replaced since still has the variable.
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

/** `<4>text`: the journal takes the level from the prefix and removes it. */
export function levelled(severity: Severity, text: string): string {
  return `<${levels[severity]}>${text}`;
}

/**
 * The beginning of a stream, as sd_journal_stream_fd(3) writes it: the identifier before each line; the unit (known
 * from the process that connects); the priority of lines without one; whether lines have one; and no forwarding to
 * syslog, kernel and console other than the journal's own.
 */
export function streamHeader(syslogName: string, component: Component): string {
  return `${syslogName}/${component}\n\n${MAIL_INFO}\n1\n0\n0\n0\n`;
}
