import { closeSync, writeSync } from 'node:fs';
import { openStandard } from './descriptor-outlet.ts';
import { isJournal, levelled } from './journal.ts';

/**
 * Says something to the operator on standard error. Waits for nobody: a terminal that was stopped (Ctrl-S) shows it later, or
 * not at all.
 */
export function warn(text: string, journalStream: string | undefined): void {
  const words = warningText(text, journalStream);
  if (!process.stderr.isTTY) {
    process.stderr.write(words);
    return;
  }
  const descriptor = openStandard(2);
  try {
    writeSync(descriptor, words);
  } catch {
    // EAGAIN.
  } finally {
    if (descriptor !== 2) closeSync(descriptor);
  }
}

/** The text, a line or several, as it stands there: in the journal with their level, elsewhere with its name. */
export function warningText(text: string, journalStream: string | undefined): string {
  if (!isJournal(2, journalStream)) return `dane-relay: ${text}\n`;
  const severity = text.startsWith('warning: ') ? 'warning' : 'error';
  return `${text
    .split('\n')
    .map((line) => levelled(severity, line))
    .join('\n')}\n`;
}
