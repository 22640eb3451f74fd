import { closeSync, writeSync } from 'node:fs';
import { openStandard } from './descriptor-outlet.ts';
import { isJournal, levelled } from './journal.ts';

/**
 * Tells the operator something on standard error. It never blocks: a terminal that was stopped (Ctrl-S) shows it later,
 * or not at all.
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

/** The text, of one line or several, as it is written: with a level in the journal, otherwise with our name. */
export function warningText(text: string, journalStream: string | undefined): string {
  if (!isJournal(2, journalStream)) return `dane-relay: ${text}\n`;
  const severity = text.startsWith('warning: ') ? 'warning' : 'error';
  return `${text
    .split('\n')
    .map((line) => levelled(severity, line))
    .join('\n')}\n`;
}
